import { expect, test } from 'vitest';
import { compactionProgress, countIndexes } from '../../../src/domain/replication/shard-progress.js';
import { compactBackupWith } from './restore-objects.js';

test.each([
  ['', 0],
  ['3', 1],
  ['0-2', 3],
  ['0-2,5', 4],
  ['1,3-5,7', 5],
  ['0-2,x', undefined],
  ['5-2', undefined],
])('"%s" names %s indexes', (ranges, count) => {
  expect(countIndexes(ranges)).toBe(count);
});

const sharded = { mode: 'sharded', shardCount: 8 };
test.each<[string, object, object, string]>([
  ['no shard has ended', sharded, {}, '0 of 8 shards'],
  ['some have', sharded, { completedIndexes: '0-1,4' }, '3 of 8 shards'],
  ['some failed', sharded, { completedIndexes: '0-1,4', failedIndexes: '6' }, '3 of 8 shards, 1 failed (6)'],
  ['what the Job says cannot be read', sharded, { completedIndexes: 'all' }, 'all of 8 shards'],
  [
    'not sharded: what tikv-ctl says',
    {},
    { progress: '[READ_META(17/17),COMPACT_WORK(5/40)]' },
    '[READ_META(17/17),COMPACT_WORK(5/40)]',
  ],
  ['nothing is known', {}, {}, ''],
])('progress: %s', (_name, spec, status, text) => {
  expect(compactionProgress(compactBackupWith({ spec, status }))).toBe(text);
});
