import type { CompactBackup } from './compact-backup.js';

/**
 * How many indexes a range text of an Indexed Job names: `0-2,5` are four. `undefined` for any other text.
 * Source: Kubernetes, batch/v1 JobStatus.completedIndexes.
 */
export function countIndexes(ranges: string): number | undefined {
  let count = 0;
  for (const range of ranges.split(',').filter((part) => part !== '')) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range.trim()) ?? [];
    if (first === undefined || last === undefined || Number(last) < Number(first)) return undefined;
    count += Number(last) - Number(first) + 1;
  }
  return count;
}

/** How far a compaction is: `3 of 8 shards, 1 failed (6)`, or what tikv-ctl says; empty where nothing says it. */
export function compactionProgress({ spec, status }: CompactBackup): string {
  const { shardCount } = spec;
  if (spec.mode !== 'sharded' || shardCount === undefined) return status.progress ?? '';
  const done = countIndexes(status.completedIndexes ?? '');
  const failed = status.failedIndexes ?? '';
  const text = `${done ?? status.completedIndexes} of ${shardCount} shards`;
  return failed === '' ? text : `${text}, ${countIndexes(failed) ?? 'some'} failed (${failed})`;
}
