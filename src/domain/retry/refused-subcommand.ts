import type { Backup } from '../backup/backup.js';
import {
  statusWithLogCondition,
  statusWithoutLogCondition,
  type LogStatusFields,
} from '../backup/log-status.js';
import type { BackupStatus } from '../backup/backup.js';
import type { BackupCommand } from '../backup/backup-command.js';
import { toRfc3339Seconds } from '../time.js';
import type { FailureEvidence } from './evidence.js';
import { classifyFailure, finalErrorOf } from './failure-class.js';

/** A TSO is milliseconds since the epoch with 18 bits of counter below. */
const COUNTER_BITS = 18n;
const TSO = /^[1-9]\d*$/;

interface RefusedRun {
  readonly backup: Backup;
  readonly command: BackupCommand;
  readonly evidence: FailureEvidence;
  readonly nowMs: number;
}

/**
 * What the Backup must say where BR refused a sub-command because an earlier run, of which nothing was heard, had done
 * it: our task runs already, or our task is stopped already. `undefined` where that is not certain: BR's refusal of a
 * second start does not name the task, so another Backup's may be meant.
 */
export function doneBefore({ backup, command, evidence, nowMs }: RefusedRun): LogStatusFields | undefined {
  const said = finalErrorOf(evidence) ?? '';
  const timeCompleted = toRfc3339Seconds(nowMs);
  switch (classifyFailure(evidence).class) {
    case 'log_task_exists': {
      if (command !== 'log-start' || !namesTask(said, backup.metadata.name)) return undefined;
      return { commitTs: startOf(said, backup, nowMs), timeStarted: timeCompleted, timeCompleted };
    }
    case 'log_task_not_found': {
      const stopped = command === 'log-stop' && wasStarted(backup) && missesTask(said, backup.metadata.name);
      return stopped ? { timeCompleted } : undefined;
    }
    default:
      return undefined;
  }
}

/** The status as if the run that did it had said so: Failed goes, the sub-status is Complete. */
export function statusOfDone(
  status: BackupStatus,
  { command, fields, nowMs }: { command: BackupCommand; fields: LogStatusFields; nowMs: number },
): BackupStatus {
  const now = toRfc3339Seconds(nowMs);
  const cleared = statusWithoutLogCondition(status, { command, type: 'Failed' });
  // A start that failed has left its phase on the whole Backup; a healthy log backup is Running.
  const running =
    command === 'log-start' ? statusWithLogCondition(cleared, { command, type: 'Running', now }) : cleared;
  return statusWithLogCondition(running, { command, type: 'Complete', now, fields });
}

function wasStarted({ status }: Backup): boolean {
  return (status.commitTs ?? '') !== '' || status.logSubCommandStatuses?.['log-start']?.phase === 'Complete';
}

/** `streamTaskInfo="{taskName=orders,startTs=…"`, `--task-name=orders`: the name as a value, not as a word. */
function namesTask(text: string, name: string): boolean {
  return valuesOf(text, /\btask[-_ ]?name["\\]*\s*[=:]\s*["\\]*([a-z0-9.-]+)/gi).includes(name);
}

/** br/pkg/streamhelper/client.go, GetTask: "no such task orders". */
function missesTask(text: string, name: string): boolean {
  return valuesOf(text, /\bno such task ([a-z0-9.-]+)/g).includes(name);
}

function valuesOf(text: string, pattern: RegExp): (string | undefined)[] {
  return [...text.matchAll(pattern)].map(([, value]) => value);
}

/** From when on the log is kept: what is known, else now, which promises rather too little than too much. */
function startOf(said: string, backup: Backup, nowMs: number): string {
  const printed = /\bstart_?ts["\\]*\s*[=:]\s*(\d+)/i.exec(said)?.[1];
  const known = [printed, backup.status.commitTs, backup.spec.commitTs].find((ts) => TSO.test(ts ?? ''));
  return known ?? (BigInt(Math.trunc(nowMs)) << COUNTER_BITS).toString();
}
