import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GATE_POLICY_ANNOTATION } from '../../src/domain/labels.js';
import { LOG_STORAGE, ENDLESS_POD, LOG_POD, SNAPSHOT_POD } from './restore-manifest.js';
import { createRestoreScene, expectEnd, type RestoreScene } from './restore-scene.js';
import { startRestoreWorld, type RestoreWorld } from './restore-world.js';
import { waitFor } from './wait-for.js';
import { startWorker } from './worker-process.js';

let world: RestoreWorld;
let scene: RestoreScene;
beforeAll(async () => {
  world = await startRestoreWorld();
  scene = createRestoreScene(world);
  await startWorker(world.stack.group, { name: 'worker', env: world.stack.env });
});
afterAll(() => world?.stop());

const NO_RETAIN = '--replicationRetainLatestMVCCVersion=false';

/** What can be wrong with a CompactBackup, how it comes, and how a person puts it right. */
interface Trouble {
  readonly policy: 'mismatch' | 'timeout' | 'partial';
  readonly reason: string;
  readonly message: RegExp;
  come(compactBackup: string): Promise<void>;
  mend(compactBackup: string): Promise<void>;
}

const complete = (name: string): Promise<void> => world.setCompaction(name, { state: 'Complete' });

const TROUBLES: readonly Trouble[] = [
  {
    policy: 'mismatch',
    reason: 'CompactBackupMismatch',
    message: /s3\.prefix.*log.*elsewhere/,
    come: async (name) => {
      await world.createCompactBackup(name, { s3: { ...LOG_STORAGE, prefix: 'elsewhere' } });
      await complete(name);
    },
    mend: (name) => scene.patchCompactBackup(name, { spec: { s3: { prefix: 'log' } } }),
  },
  {
    policy: 'timeout',
    reason: 'CompactBackupWaitTimeout',
    message: /waitTimeout/,
    come: async () => {},
    mend: async (name) => {
      await world.createCompactBackup(name);
      await complete(name);
    },
  },
  {
    policy: 'partial',
    reason: 'ShardsPartialFailed',
    message: /shard 3/,
    come: async (name) => {
      await world.createCompactBackup(name);
      const message = 'shard 3 failed';
      await world.setCompaction(name, {
        state: 'Failed',
        completedIndexes: '0-2',
        failedIndexes: '3',
        message,
      });
    },
    mend: complete,
  },
];

describe.each(TROUBLES)('$reason', (trouble) => {
  const { policy, reason, message } = trouble;
  const begin = async (action: string, script: readonly object[]) => {
    const name = `${policy}-${action}`;
    const restore = await world.createRestore({
      name,
      compactBackup: `cb-${name}`,
      script,
      annotations: { [GATE_POLICY_ANNOTATION]: `${policy}=${action}` },
      spec: {
        replicationConfig: {
          compactBackupName: `cb-${name}`,
          waitTimeout: policy === 'timeout' ? '4s' : '1h',
        },
      },
    });
    await waitFor('the snapshot is being restored', () => world.journal.jobs(`${name}-snapshot-restore`)[0]);
    await trouble.come(`cb-${name}`);
    return restore;
  };
  const logJobOf = (name: string): string =>
    JSON.stringify(world.journal.jobs(`${name}-log-restore`).at(-1)?.object.spec);

  test.concurrent(
    'under fail: the Job that runs is stopped, and the Restore is Failed with the reason',
    async () => {
      const restore = await begin('fail', [ENDLESS_POD]);
      const { status } = await expectEnd({ world, restore, outcome: 'Failed' });
      expect(status.replicationStep).toBe('snapshot-restore');
      expect(scene.conditionOf(restore.metadata.name, 'Failed')).toMatchObject({
        reason,
        message: expect.stringMatching(message),
      });
      expect(world.journal.jobs(`${restore.metadata.name}-snapshot-restore`).at(-1)?.deleted).toBe(true);
    },
  );

  test.concurrent('under wait: it says so, and goes on when somebody puts it right', async () => {
    const restore = await begin('wait', [SNAPSHOT_POD, LOG_POD]);
    const { name } = restore.metadata;
    expect(await scene.says(name, reason)).toMatch(message);
    await trouble.mend(`cb-${name}`);
    await expectEnd({ world, restore, outcome: 'Complete' });
    expect(scene.conditionOf(name, 'CompactSettled')?.reason).toBe('AllShardsComplete');
    expect(scene.conditionOf(name, 'Waiting')).toBeUndefined();
    expect(logJobOf(name)).not.toContain(NO_RETAIN);
  });

  test.concurrent(
    'under proceed: the log is restored, and BR is not told that compaction kept the latest versions',
    async () => {
      const restore = await begin('proceed', [SNAPSHOT_POD, LOG_POD]);
      const { name } = restore.metadata;
      await expectEnd({ world, restore, outcome: 'Complete' });
      expect(scene.conditionOf(name, 'CompactSettled')).toMatchObject({
        reason,
        message: expect.stringMatching(message),
      });
      expect(logJobOf(name)).toContain(NO_RETAIN);
    },
  );
});
