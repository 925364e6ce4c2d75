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

const WANTED = [
  { name: 'etcd-frozen-unavailable', text: /code = Unavailable/ },
  { name: 'etcd-frozen-request-timeout', text: /context deadline exceeded/ },
];

const group = await createProcessGroup();
try {
  const { faults, adminKubeconfig } = await startControlPlane(group, { etcdMembers: 3 });
  const client = createFailingClient(await readKubeIdentity(adminKubeconfig));
  await faults.freezeEtcd();
  const answers: FailedAnswer[] = [];
  for (let call = 0; call * CALL_EVERY_MS < FROZEN_MS; call++) {
    const body = { metadata: { name: `frozen-${call}` } };
    const path = '/api/v1/namespaces/default/configmaps';
    void client.failureOf({ method: 'POST', path, body }).then(
      (answer) => answers.push(answer),
      () => undefined, // answered: etcd was thawed by then
    );
    await delay(CALL_EVERY_MS);
  }
  for (const { name, text } of WANTED) {
    const answer = answers.find((one) => text.test(JSON.stringify(one)));
    if (answer === undefined) process.stderr.write(`${name} was not seen\n`);
    else
      await writeFile(
        recordingFile(name),
        recordingText({ fault: 'two of three etcd members frozen for most of a minute', answer }),
      );
  }
  await client.close();
} finally {
  await group.stop();
}
