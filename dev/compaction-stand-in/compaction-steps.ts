import type { CompactBackup } from '../../src/domain/replication/compact-backup.js';
import type { CompactionScript } from './compaction-script.js';

export const STAND_IN_MESSAGE = 'compaction stand-in: tikv-ctl does not run, no data is compacted';

const STEPS_OF_ONE = 10;

/** What TiDB Operator would write next, and how long after the status before it. */
export interface CompactionStep {
  readonly afterMs: number;
  readonly status: CompactBackup['status'];
}

/**
 * The statuses of one compaction in their order, as TiDB Operator and the program in its pods write them; each says in
 * its message that a stand-in wrote it.
 */
export function compactionSteps({ spec }: CompactBackup, script: CompactionScript): CompactionStep[] {
  const state = (name: string): CompactionStep => ({
    afterMs: 0,
    status: { state: name, message: STAND_IN_MESSAGE },
  });
  const work = spec.mode === 'sharded' ? shardSteps(spec.shardCount ?? 1, script) : wholeSteps(script);
  return [state('Scheduled'), state('Prepare'), state('Running'), ...work];
}

/** One shard after the other, though real ones end in any order. */
function shardSteps(shardCount: number, { seconds, failedShards }: CompactionScript): CompactionStep[] {
  return Array.from({ length: shardCount }, (_, shard) => {
    const ended = Array.from({ length: shard + 1 }, (_, index) => index);
    const failed = ended.filter((index) => failedShards.includes(index));
    const isLast = shard === shardCount - 1;
    const end = failed.length > 0 ? 'Failed' : 'Complete';
    return {
      afterMs: (seconds * 1_000) / shardCount,
      status: {
        state: isLast ? end : 'Running',
        message: STAND_IN_MESSAGE,
        completedIndexes: indexRanges(ended.filter((index) => !failedShards.includes(index))),
        ...(failed.length > 0 && { failedIndexes: indexRanges(failed) }),
      },
    };
  });
}

function wholeSteps({ seconds }: CompactionScript): CompactionStep[] {
  return Array.from({ length: STEPS_OF_ONE }, (_, index) => ({
    afterMs: (seconds * 1_000) / STEPS_OF_ONE,
    status: {
      state: index === STEPS_OF_ONE - 1 ? 'Complete' : 'Running',
      message: STAND_IN_MESSAGE,
      progress: `[READ_META(17/17),COMPACT_WORK(${index + 1}/${STEPS_OF_ONE})]`,
    },
  }));
}

/** `0-2,5`, as the status of an Indexed Job has it. */
function indexRanges(indexes: readonly number[]): string {
  const ranges: { first: number; last: number }[] = [];
  for (const index of indexes) {
    const range = ranges.at(-1);
    if (range?.last === index - 1) range.last = index;
    else ranges.push({ first: index, last: index });
  }
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}
