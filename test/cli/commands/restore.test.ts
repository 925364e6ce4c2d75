import { describe, expect, test } from 'vitest';
import { run as cancel } from '../../../src/cli/commands/restore-cancel.js';
import { run as describeRestore } from '../../../src/cli/commands/restore-describe.js';
import { run as list } from '../../../src/cli/commands/restore-list.js';
import { run as plan } from '../../../src/cli/commands/restore-plan.js';
import { run as start, type RestoreStartArguments } from '../../../src/cli/commands/restore-start.js';
import type { RunReplicationRestoreInput } from '../../../src/domain/replication/restore-input.js';
import { cliWorld } from '../cli-world.js';

const CUSTOM = '/apis/pingcap.com/v1alpha1/namespaces/prod';
const RESTORE = `${CUSTOM}/restores/orders`;
const COMPACTION = `${CUSTOM}/compactbackups/cb`;
const CONFIG = '/api/v1/namespaces/prod/configmaps/basic-tikv-1';
const LOG = { provider: 'aws', bucket: 'shop', prefix: 'log', secretName: 'keys' };
const metadata = (name: string, rest: object = {}) => ({
  name,
  namespace: 'prod',
  uid: `${name}-uid`,
  resourceVersion: '1',
  creationTimestamp: '2026-11-21T10:30:06Z',
  ...rest,
});

interface Wish {
  readonly labels?: Record<string, string>;
  readonly status?: object;
  readonly spec?: object;
}

const restoreObject = ({ labels = { 'holdfast.dev/managed': 'true' }, status = {}, spec }: Wish = {}) => ({
  metadata: metadata('orders', { labels }),
  spec: {
    restoreMode: 'pitr',
    replicationConfig: { compactBackupName: 'cb' },
    pitrFullBackupStorageProvider: { s3: { ...LOG, prefix: 'full' } },
    br: { cluster: 'basic' },
    s3: LOG,
    ...spec,
  },
  status,
});

const objectsWith = (changes: Record<string, object> = {}) => ({
  [RESTORE]: restoreObject(),
  [COMPACTION]: {
    metadata: metadata('cb'),
    spec: { br: { cluster: 'basic' }, s3: LOG, mode: 'sharded', shardCount: 8 },
    status: { state: 'Running', completedIndexes: '0-2' },
  },
  [`${CUSTOM}/tidbclusters/basic`]: { metadata: metadata('basic'), spec: { version: 'v8.5.2' } },
  '/api/v1/namespaces/prod/secrets/keys': { data: { access_key: '', secret_key: '' } },
  '/apis/apps/v1/namespaces/prod/statefulsets/basic-tikv': {
    metadata: metadata('basic-tikv'),
    spec: { template: { spec: { volumes: [{ configMap: { name: 'basic-tikv-1' } }] } } },
  },
  [CONFIG]: { data: { 'config-file': 'gc.ratio-threshold = -1.0' } },
  ...changes,
});

const restore = { namespace: 'prod', name: 'orders' };
const startArgs: RestoreStartArguments = { restore, timeout: 60_000, output: 'table' };

describe('plan', () => {
  test('prints the Jobs with their arguments, the policy and every check', async () => {
    const { deps, data, said } = cliWorld({ objects: objectsWith() });
    expect(await plan({ restore, output: 'table' }, deps)).toBe(0);
    expect(data()).toContain('mismatch: fail, timeout: fail, partial: proceed');
    expect(data()).toMatch(/ok +gc\.ratio-threshold +is -1/);
    expect(data()).toMatch(/ok +CompactBackup cb +is Running/);
    expect(data()).toContain('orders-snapshot-restore (ghcr.io/holdfast/holdfast-backup-manager:0.1.0)');
    expect(data()).toContain('    --replicationPhase=1');
    expect(data()).toContain('    --replicationPhase=2');
    expect(said.at(-1)).toMatch(/checks: 0 failed; nothing was changed/);
  });

  test('fails with what is in the way: a closed gate, a mismatch with the field and both values', async () => {
    const objects = objectsWith({
      [CONFIG]: { data: { 'config-file': 'gc.ratio-threshold = 1.1' } },
      [COMPACTION]: {
        metadata: metadata('cb'),
        spec: { br: { cluster: 'basic' }, s3: { ...LOG, bucket: 'attic' } },
        status: {},
      },
    });
    const { deps, data } = cliWorld({ objects });
    expect(await plan({ restore, output: 'table' }, deps)).toBe(1);
    expect(data()).toMatch(/fail +gc\.ratio-threshold +gc\.ratio-threshold of TiKV must be -1.* is 1\.1/);
    expect(data()).toMatch(/fail +CompactBackup cb +.*s3\.bucket.*shop.*attic/);
  });

  test('fails where what is written to the status would be lost, with the way out', async () => {
    const resources = [{ name: 'restores' }, { name: 'restores/status' }];
    const documents = { '/apis/pingcap.com/v1alpha1': { resources } };
    const { deps, data } = cliWorld({ objects: objectsWith(), documents });
    expect(await plan({ restore, output: 'table' }, deps)).toBe(1);
    expect(data()).toMatch(/fail +status .*kubectl patch crd restores\.pingcap\.com --type=json/);
  });

  test('warns of a compaction in a state that this version does not know', async () => {
    const objects = objectsWith();
    const paused = { ...objects[COMPACTION], status: { state: 'Paused' } };
    const { deps, data } = cliWorld({ objects: { ...objects, [COMPACTION]: paused } });
    expect(await plan({ restore, output: 'table' }, deps)).toBe(0);
    expect(data()).toMatch(/warn +CompactBackup cb +is in state "Paused", which this version does not know/);
  });

  test('shows what the flags would change', async () => {
    const objects = objectsWith();
    const { deps, data } = cliWorld({ objects });
    await plan({ restore, output: 'json', onMismatch: 'wait' }, deps);
    expect(JSON.parse(data())).toMatchObject({
      gatePolicy: { mismatch: 'wait', timeout: 'fail', partial: 'proceed' },
      jobs: [{ step: 'snapshot-restore' }, { step: 'log-restore' }],
    });
  });

  test('of a Restore that does not exist ends with exit code 6', async () => {
    const { deps } = cliWorld();
    await expect(plan({ restore, output: 'table' }, deps)).rejects.toMatchObject({ exitCode: 6 });
  });
});

describe('start', () => {
  test('starts the workflow, which sets the label, with the policy of the flags', async () => {
    const started: RunReplicationRestoreInput[] = [];
    const { deps, data } = cliWorld({
      objects: objectsWith({ [RESTORE]: restoreObject({ labels: {} }) }),
      temporal: {
        runRestore: async ({ input }) => {
          started.push(input);
          return { workflowId: 'replication-restore/prod/orders/orders-uid', runId: 'run-1' };
        },
      },
    });
    expect(await start({ ...startArgs, onPartial: 'fail' }, deps)).toBe(0);
    expect(started).toEqual([
      {
        cluster: 'prod-eu',
        clusterUid: 'kube-uid',
        namespace: 'prod',
        name: 'orders',
        uid: 'orders-uid',
        gatePolicy: { partial: 'fail' },
        adopt: true,
      },
    ]);
    expect(data()).toContain('replication-restore/prod/orders/orders-uid');
  });

  test.each([
    ['a snapshot restore', restoreObject({ spec: { restoreMode: 'snapshot' } })],
    ['one that somebody else has begun', restoreObject({ labels: {}, status: { phase: 'Scheduled' } })],
  ])('refuses %s with exit code 7', async (_what, object) => {
    const { deps } = cliWorld({ objects: objectsWith({ [RESTORE]: object }) });
    await expect(start(startArgs, deps)).rejects.toMatchObject({ exitCode: 7 });
  });

  test('refuses a policy that an open workflow would not hear, and names the annotation', async () => {
    const temporal = { openRun: async (workflowId: string) => ({ workflowId, runId: 'run-1' }) };
    const { deps } = cliWorld({ objects: objectsWith(), temporal });
    await expect(start({ ...startArgs, onMismatch: 'wait' }, deps)).rejects.toMatchObject({
      exitCode: 7,
      message: expect.stringContaining('holdfast.dev/gate-policy'),
    });
  });

  test.each([
    ['Complete', 0],
    ['Failed', 1],
    ['Invalid', 2],
    ['Deleted', 6],
  ] as const)('with --wait tells the outcome %s by exit code %d', async (outcome, exitCode) => {
    const temporal = { restoreOutcomeOf: async () => ({ outcome, summary: 'as it is' }) };
    const { deps, said } = cliWorld({ objects: objectsWith(), temporal });
    expect(await start({ ...startArgs, wait: true }, deps)).toBe(exitCode);
    expect(said).toContain(`${outcome}: as it is`);
  });

  test('with --wait gives up after the time-out with exit code 5', async () => {
    const { deps } = cliWorld({ objects: objectsWith() });
    expect(await start({ ...startArgs, wait: true }, deps)).toBe(5);
  });
});

describe('list and describe', () => {
  test('the list tells whose each Restore is, how far its compaction is, and what comes next', async () => {
    const { deps, data } = cliWorld({ objects: objectsWith() });
    expect(await list({ namespace: 'all', output: 'json' }, deps)).toBe(0);
    expect(JSON.parse(data())).toMatchObject({
      restores: [
        {
          namespace: 'prod',
          name: 'orders',
          ours: true,
          mode: 'pitr',
          compaction: 'cb: Running, 3 of 8 shards',
          nextAction: 'the snapshot restore begins',
        },
      ],
      unreadable: [],
    });
  });

  test('the description tells the conditions and what the workflow says', async () => {
    const status = {
      phase: 'SnapshotRestore',
      replicationStep: 'snapshot-restore',
      conditions: [{ type: 'SnapshotRestored', status: 'True', reason: 'JobComplete' }],
    };
    const { deps, data } = cliWorld({
      objects: objectsWith({ [RESTORE]: restoreObject({ status }) }),
      temporal: {
        openRun: async (workflowId) => ({ workflowId, runId: 'run-1' }),
        restoreStatus: async () => ({ phase: 'Waiting', summary: 'waits for the compaction', details: [] }),
      },
    });
    expect(await describeRestore({ restore, output: 'table' }, deps)).toBe(0);
    expect(data()).toMatch(/SnapshotRestored +True +JobComplete/);
    expect(data()).toContain('3 of 8 shards');
    expect(data()).toContain('Waiting: waits for the compaction');
  });
});

describe('cancel', () => {
  const begun = { phase: 'SnapshotRestore', replicationStep: 'snapshot-restore' };

  test('asks the workflow, and prints its answer', async () => {
    const objects = objectsWith({ [RESTORE]: restoreObject({ status: begun }) });
    const { deps, data } = cliWorld({ objects });
    expect(await cancel({ restore, timeout: 60_000, output: 'table' }, deps)).toBe(0);
    expect(data()).toMatch(/ANSWER +stopping/);
  });

  test('of a restore that is complete is refused with exit code 7', async () => {
    const status = { ...begun, phase: 'Complete' };
    const { deps } = cliWorld({ objects: objectsWith({ [RESTORE]: restoreObject({ status }) }) });
    await expect(cancel({ restore, timeout: 60_000, output: 'table' }, deps)).rejects.toMatchObject({
      exitCode: 7,
    });
  });
});
