// Records what an API server answers whose etcd stays frozen for most of a minute: too slow, and too different from run
// to run, for a test. `node --import tsx test/kubernetes/record-slow-failures.ts`
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { readKubeIdentity } from '../../dev/node-agent/kube-identity.js';
import { createProcessGroup } from '../../dev/processes/process-group.js';
import { startControlPlane } from '../../dev/stack/control-plane.js';
import { createFailingClient, type FailedAnswer } from './failed-answer.js';
import { recordingFile, recordingText } from './failure-recording.js';

/** The API server gives a request up after 34 s; its etcd client a connection after 40 s. */
const FROZEN_MS = 50_000;
const CALL_EVERY_MS = 1_000;

const FROZEN = 'two of three etcd members frozen for most of a minute';
const WANTED = [
  { name: 'etcd-frozen-unavailable', text: /code = Unavailable/, fault: FROZEN },
  { name: 'etcd-frozen-request-timeout', text: /context deadline exceeded/, fault: FROZEN },
  {
    name: 'etcd-frozen-allocation',
    text: /failed to allocate IP/,
    fault: 'two of three etcd members frozen; the third gives up the allocation of an address',
  },
];

const group = await createProcessGroup();
try {
  const { faults, adminKubeconfig } = await startControlPlane(group, { etcdMembers: 3 });
  const client = createFailingClient(await readKubeIdentity(adminKubeconfig));
  await faults.freezeEtcd();
  const answers: FailedAnswer[] = [];
  const create = (kind: string, body: object): void => {
    void client.failureOf({ method: 'POST', path: `/api/v1/namespaces/default/${kind}`, body }).then(
      (answer) => answers.push(answer),
      () => undefined, // answered: etcd was thawed by then
    );
  };
  for (let call = 0; call * CALL_EVERY_MS < FROZEN_MS; call++) {
    create('configmaps', { metadata: { name: `frozen-${call}` } });
    // Its address is allocated first, in etcd too.
    create('services', { metadata: { name: 'unallocated' }, spec: { ports: [{ port: 80 }] } });
    await delay(CALL_EVERY_MS);
  }
  for (const { name, text, fault } of WANTED) {
    const answer = answers.find((one) => text.test(JSON.stringify(one)));
    if (answer === undefined) process.stderr.write(`${name} was not seen\n`);
    else await writeFile(recordingFile(name), recordingText({ fault, answer }));
  }
  await client.close();
} finally {
  await group.stop();
}
