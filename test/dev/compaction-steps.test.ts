import { describe, expect, test } from 'vitest';
import { CompactionScript } from '../../dev/compaction-stand-in/compaction-script.js';
import { compactionSteps, STAND_IN_MESSAGE } from '../../dev/compaction-stand-in/compaction-steps.js';
import { CompactBackup } from '../../src/domain/replication/compact-backup.js';

function stepsOf(spec: object, script: object) {
  const metadata = {
    name: 'orders-compaction',
    namespace: 'default',
    uid: 'uid-1',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T10:00:00Z',
  };
  return compactionSteps(CompactBackup.parse({ metadata, spec }), CompactionScript.parse(script));
}

describe('the stand-in of compactions', () => {
  test('plays a sharded one shard by shard, as Kubernetes names indexes', () => {
    const steps = stepsOf({ mode: 'sharded', shardCount: 3 }, { seconds: 6 });
    expect(steps.map(({ afterMs, status }) => [afterMs, status.state, status.completedIndexes])).toEqual([
      [0, 'Scheduled', undefined],
      [0, 'Prepare', undefined],
      [0, 'Running', undefined],
      [2_000, 'Running', '0'],
      [2_000, 'Running', '0-1'],
      [2_000, 'Complete', '0-2'],
    ]);
  });

  test('ends Failed, with both lists, where a shard fails', () => {
    const last = stepsOf({ mode: 'sharded', shardCount: 4 }, { failedShards: [1] }).at(-1);
    expect(last?.status).toMatchObject({ state: 'Failed', completedIndexes: '0,2-3', failedIndexes: '1' });
  });

  test('plays any other one with the progress that tikv-ctl tells', () => {
    const steps = stepsOf({}, { seconds: 1 });
    expect(steps.map(({ status }) => status.progress).filter((text) => text !== undefined)).toHaveLength(10);
    expect(steps.at(-1)?.status).toMatchObject({
      state: 'Complete',
      progress: '[READ_META(17/17),COMPACT_WORK(10/10)]',
    });
  });

  test('says in each status that it is a stand-in', () => {
    const messages = stepsOf({ mode: 'sharded', shardCount: 2 }, {}).map(({ status }) => status.message);
    expect(new Set(messages)).toEqual(new Set([STAND_IN_MESSAGE]));
    expect(STAND_IN_MESSAGE).toContain('no data is compacted');
  });
});
