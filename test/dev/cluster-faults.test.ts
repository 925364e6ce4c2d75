import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClusterFaults } from '../../dev/faults/cluster-faults.js';
import { startStalls } from '../../dev/faults/stalls.js';
import { createKubeClient, KubeFailure, type KubeClient } from '../../dev/node-agent/kube-client.js';
import { readKubeIdentity } from '../../dev/node-agent/kube-identity.js';
import { createProcessGroup, type ProcessGroup } from '../../dev/processes/process-group.js';
import { waitUntil } from '../../dev/processes/readiness.js';
import { startControlPlane, type ControlPlane } from '../../dev/stack/control-plane.js';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

let group: ProcessGroup;
let controlPlane: ControlPlane;
let client: KubeClient;

beforeAll(async () => {
  group = await createProcessGroup();
  controlPlane = await startControlPlane(group, { etcdMembers: 3 });
  client = createKubeClient(await readKubeIdentity(controlPlane.adminKubeconfig));
});

afterAll(async () => {
  await client?.close();
  await group?.stop();
});

function create(name: string): Promise<unknown> {
  return client.call({ method: 'POST', path: CONFIG_MAPS, body: { metadata: { name } } });
}

function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (failure: unknown) => failure,
  );
}

function untilCreated(name: string): Promise<void> {
  return waitUntil({
    what: `${name} was not created`,
    timeoutMs: 30_000,
    attempt: async () => (await create(name)) !== undefined,
  });
}

/** Resolves when the call fails. */
async function rejected(call: Promise<unknown>): Promise<unknown> {
  const failure = await failureOf(call);
  if (failure === undefined) throw new Error('the call did not fail');
  return failure;
}

/** Those that are frozen now. */
async function frozenMembers(): Promise<string[]> {
  const states = await Promise.all(
    controlPlane.etcdMembers.map(async (name) => {
      const { stdout } = await execa('ps', ['-o', 'stat=', '-p', String(group.pid(name))]);
      return { name, frozen: stdout.trim().startsWith('T') };
    }),
  );
  return states.flatMap(({ name, frozen }) => (frozen ? [name] : []));
}

test('writes end with the time-out of etcd while two of its three members are frozen, and work when they are thawed', async () => {
  const { faults } = controlPlane;
  await faults.freezeEtcd();
  expect(await frozenMembers()).toEqual(['etcd-1', 'etcd-2']);
  // A call that is sent to a frozen member hangs; one that is sent to the third member gets its answer.
  const calls = Array.from({ length: 10 }, (_, index) => create(`frozen-${index}`));
  const failure = await Promise.any(calls.map(rejected));
  const hanging = Promise.allSettled(calls);
  faults.thawEtcd();
  await hanging;
  expect(failure).toBeInstanceOf(KubeFailure);
  expect(failure).toMatchObject({
    statusCode: expect.toSatisfy((code) => code === 500 || code === 504),
    body: expect.stringMatching(/etcdserver: |context deadline exceeded|code = Unavailable/),
  });
  await untilCreated('thawed');
});

test('one etcd alone cannot lose its quorum', async () => {
  await expect(createClusterFaults(group, ['etcd']).freezeEtcd()).rejects.toThrow(
    'start the stack with three',
  );
});

test('stalls freeze two members again and again, those that the seed says, and leave none frozen', async () => {
  const said: string[] = [];
  const { faults, etcdMembers: members } = controlPlane;
  const brief = { stallMs: { from: 100, to: 200 }, pauseMs: { from: 10, to: 20 } };
  const stallsOf = async (seed: number) => {
    const lines: string[] = [];
    const stalls = startStalls({ faults, members, seed, ...brief, say: (line) => void lines.push(line) });
    await waitUntil({ what: 'no stalls', timeoutMs: 20_000, attempt: async () => stalls.count() >= 3 });
    expect(await stalls.stop()).toBe(stalls.count());
    expect(await frozenMembers()).toEqual([]);
    return lines.slice(0, 3);
  };
  said.push(...(await stallsOf(7)));
  expect(said[0]).toMatch(/^stall 1 \(seed 7\): all etcd members but etcd(-[12])? frozen for 1\d\d ms$/);
  expect(await stallsOf(7)).toEqual(said);
  expect(await stallsOf(8)).not.toEqual(said);
  await untilCreated('after-stalls');
});

test('the API server is killed, and started again on the same address', async () => {
  const { faults } = controlPlane;
  await faults.killApiServer();
  expect(await failureOf(create('refused'))).toMatchObject({ code: 'ECONNREFUSED' });
  await faults.startApiServer();
  await create('started');
});

test('etcd refuses writes when its quota is used up, and takes them when it has been mended', async () => {
  const { faults } = controlPlane;
  await faults.fillEtcdQuota();
  expect(await failureOf(create('full'))).toMatchObject({
    statusCode: 500,
    body: expect.stringContaining('etcdserver: mvcc: database space exceeded'),
  });
  await faults.mendEtcdQuota();
  await create('mended');
  await faults.fillEtcdQuota(); // there was room again
  await faults.mendEtcdQuota();
});
