import { z } from 'zod';
import { parseTime, toRfc3339Seconds } from '../domain/time.js';
import type { BrWord } from './br-words.js';

const Progress = z.looseObject({
  step: z.string(),
  /** Percent. */
  progress: z.number(),
  lastTransitionTime: z.string().nullish(),
});
type Progress = z.infer<typeof Progress>;

const Operation = z.looseObject({ operationID: z.string() });

/** The two fields that Backups and Restores have in common. */
const ObservedFields = z.looseObject({
  progresses: z.array(Progress).nullish().catch(null),
  brOperations: z.array(Operation).nullish().catch(null),
});

const MAX_OPERATIONS = 10;

/** What BR said, and when (RFC 3339 UTC, whole seconds). */
export interface ObservedWord {
  readonly word: BrWord;
  readonly at: string;
}

/**
 * The status with what BR said: `progresses`, a step each, and `brOperations`, newest first. A new step ends the one
 * before, and no step goes back. Mirrors updateBRProgress and updateBROperations:
 * https://github.com/pingcap/tidb-operator/blob/0045b1213/pkg/controller/backup_status_updater.go
 */
export function statusWithWords<Status extends object>(
  status: Status,
  words: readonly ObservedWord[],
): Status {
  if (words.length === 0) return status;
  const before = ObservedFields.parse(status);
  let progresses: readonly Progress[] = before.progresses ?? [];
  let brOperations: readonly z.infer<typeof Operation>[] = before.brOperations ?? [];
  for (const { word, at } of words) {
    if (word.kind === 'progress') progresses = withStep(progresses, { ...word, at });
    else brOperations = withOperation(brOperations, { ...word, at });
  }
  return {
    ...status,
    ...(progresses.length > 0 && { progresses }),
    ...(brOperations.length > 0 && { brOperations }),
  };
}

function withStep(
  progresses: readonly Progress[],
  { step, percent, at }: { step: string; percent: number; at: string },
): readonly Progress[] {
  const known = progresses.find((entry) => entry.step === step);
  if (known !== undefined) {
    if (known.progress >= percent) return progresses;
    return progresses.map((entry) =>
      entry === known ? { ...entry, progress: percent, lastTransitionTime: at } : entry,
    );
  }
  const ended = progresses.map((entry, index) =>
    index === progresses.length - 1 && entry.progress < 100
      ? { ...entry, progress: 100, lastTransitionTime: at }
      : entry,
  );
  return [...ended, { step, progress: percent, lastTransitionTime: at }];
}

function withOperation(
  operations: readonly z.infer<typeof Operation>[],
  { id, command, startedAt, at }: { id: string; command: string; startedAt: string; at: string },
) {
  if (operations.some(({ operationID }) => operationID === id)) return operations;
  // A time that the CRD would refuse must not take the whole write with it.
  const startedAtMs = parseTime(startedAt);
  const operation = {
    operationID: id,
    ...(command !== '' && { command }),
    ...(startedAtMs !== undefined && { startedAt: toRfc3339Seconds(startedAtMs) }),
    observedAt: at,
  };
  return [operation, ...operations].slice(0, MAX_OPERATIONS);
}

/** A run begins without the progress of the one before, which may have come further. */
export function statusWithoutProgress<Status extends object>(status: Status): Status {
  return { ...status, progresses: undefined };
}
