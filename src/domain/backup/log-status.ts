import type { BackupCondition, BackupStatus, LogSubcommandStatus } from './backup.js';
import { withCondition } from '../conditions.js';
import type { BackupCommand } from './backup-command.js';
import { mergePatchOf } from '../merge-patch.js';

/** The conditions that a sub-command of a log backup can get; each is also the phase of its sub-status. */
export type LogConditionType =
  'Scheduled' | 'Restart' | 'Prepare' | 'Running' | 'Complete' | 'Failed' | 'RetryFailed' | 'Invalid';

/** Facts that come with a condition. Times are RFC 3339; which level of the status takes which is in the tables below. */
export interface LogStatusFields {
  readonly backupPath?: string;
  /** TSO from which on the log is kept, as decimal digits. */
  readonly commitTs?: string;
  readonly timeStarted?: string;
  readonly timeCompleted?: string;
  readonly logTruncatingUntil?: string;
  readonly logSuccessTruncateUntil?: string;
}

export interface LogConditionUpdate {
  readonly command: BackupCommand;
  readonly type: LogConditionType;
  readonly reason?: string;
  readonly message?: string;
  /** RFC 3339 UTC in whole seconds. */
  readonly now: string;
  readonly fields?: LogStatusFields;
}

/**
 * The status after one condition of one sub-command became True: its sub-status follows it always, the phase of the
 * whole Backup only as `topLevelType` says. A healthy log backup therefore stays Running and is never Complete.
 * Mirrors updateLogBackupStatus, so that TiDB Operator reads what we write as its own:
 * https://github.com/pingcap/tidb-operator/blob/0045b1213/pkg/controller/backup_status_updater.go
 */
export function statusWithLogCondition(status: BackupStatus, update: LogConditionUpdate): BackupStatus {
  const type = topLevelType(update);
  return {
    ...status,
    ...pick(update.fields ?? {}, topLevelFieldNames(update)),
    ...(type !== undefined && {
      phase: type,
      conditions: withCondition(status.conditions ?? [], conditionOf(update, type)),
    }),
    ...(update.command !== 'snapshot' && {
      logSubCommandStatuses: withSubStatus(status.logSubCommandStatuses ?? {}, update),
    }),
  };
}

/**
 * The status without a condition of one sub-command, at the top level and in its sub-status: a restart takes Failed
 * away. Phases stay: the condition that takes its place sets them.
 */
export function statusWithoutLogCondition(
  status: BackupStatus,
  { command, type }: { command: BackupCommand; type: LogConditionType },
): BackupStatus {
  const statuses = status.logSubCommandStatuses ?? {};
  const own = statuses[command];
  return {
    ...status,
    ...(status.conditions != null && {
      conditions: status.conditions.filter(
        (condition) => condition.type !== type || !speaksOf(condition, command),
      ),
    }),
    ...(own?.conditions != null && {
      logSubCommandStatuses: {
        ...statuses,
        [command]: { ...own, conditions: own.conditions.filter((condition) => condition.type !== type) },
      },
    }),
  };
}

/** What is said of one command alone: its sub-status, for a snapshot the status itself. `undefined` before its first condition. */
export function ownStatusOf(
  status: BackupStatus,
  command: BackupCommand,
): BackupStatus | LogSubcommandStatus | undefined {
  return command === 'snapshot' ? status : status.logSubCommandStatuses?.[command];
}

/** Where one command stands; `undefined` before its first condition. */
export function logPhaseOf(status: BackupStatus, command: BackupCommand): string | undefined {
  return ownStatusOf(status, command)?.phase;
}

/** The True condition Failed of one command. */
export function failedConditionOf(status: BackupStatus, command: BackupCommand): BackupCondition | undefined {
  return ownStatusOf(status, command)?.conditions?.findLast(
    (condition) => condition.type === 'Failed' && condition.status === 'True',
  );
}

/** The phase of the whole Backup after this condition; `undefined` leaves it as it is. */
function topLevelType({ command, type }: LogConditionUpdate): string | undefined {
  switch (command) {
    case 'snapshot':
      return type;
    case 'log-start':
      return type === 'Complete' ? undefined : type;
    case 'log-pause':
      return type === 'Complete' ? 'Paused' : undefined;
    case 'log-resume':
      return type === 'Complete' ? 'Running' : undefined;
    case 'log-stop':
      return type === 'Complete' ? 'Stopped' : undefined;
    case 'log-truncate':
      return undefined;
  }
}

type FieldName = keyof LogStatusFields;

/** What the whole Backup takes over: it has one start, one end and one truncation point, whatever runs in between. */
function topLevelFieldNames({ command, type }: LogConditionUpdate): readonly FieldName[] {
  if (command === 'log-start') {
    const facts: readonly FieldName[] = ['backupPath', 'commitTs', 'timeStarted'];
    return type === 'Complete' ? facts : [...facts, 'timeCompleted'];
  }
  if (command === 'snapshot') return ['backupPath', 'commitTs', 'timeStarted', 'timeCompleted'];
  if (type !== 'Complete') return [];
  if (command === 'log-stop') return ['timeCompleted'];
  return command === 'log-truncate' ? ['logSuccessTruncateUntil'] : [];
}

const SUB_STATUS_FIELD_NAMES: readonly FieldName[] = ['timeStarted', 'timeCompleted', 'logTruncatingUntil'];

function pick(fields: LogStatusFields, names: readonly FieldName[]): LogStatusFields {
  const wanted: readonly string[] = names;
  return Object.fromEntries(Object.entries(fields).filter(([name]) => wanted.includes(name)));
}

function withSubStatus(
  statuses: Readonly<Record<string, LogSubcommandStatus>>,
  update: LogConditionUpdate,
): Record<string, LogSubcommandStatus> {
  const { command, type, fields = {} } = update;
  const own = statuses[command] ?? { command };
  return {
    ...statuses,
    ...(type === 'Complete' && withOppositeRepeatable(statuses, command)),
    [command]: {
      ...own,
      ...pick(fields, SUB_STATUS_FIELD_NAMES),
      phase: type,
      conditions: withCondition(own.conditions ?? [], conditionOf(update, type)),
    },
  };
}

const OPPOSITE: Readonly<Partial<Record<BackupCommand, BackupCommand>>> = {
  'log-pause': 'log-resume',
  'log-resume': 'log-pause',
};

/** A completed pause makes a later resume meaningful again, and the other way round. */
function withOppositeRepeatable(
  statuses: Readonly<Record<string, LogSubcommandStatus>>,
  command: BackupCommand,
): Record<string, LogSubcommandStatus> {
  const opposite = OPPOSITE[command];
  const status = opposite === undefined ? undefined : statuses[opposite];
  return opposite === undefined || status === undefined
    ? {}
    : { [opposite]: { ...status, phase: 'Repeatable' } };
}

function conditionOf({ reason, message, now }: LogConditionUpdate, type: string): BackupCondition {
  return {
    type,
    status: 'True',
    lastTransitionTime: now,
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
  };
}

/** At the top level only log-start and snapshots speak with their own conditions, and TiDB Operator writes no command there. */
function speaksOf({ command = '' }: BackupCondition, asked: BackupCommand): boolean {
  return command === asked || (command === '' && (asked === 'log-start' || asked === 'snapshot'));
}

/**
 * The `status` of a JSON merge patch (RFC 7386) that turns `before` into `after`: only what differs, arrays as a
 * whole, `null` for what is gone. Empty where nothing differs.
 */
export function logStatusPatch(before: BackupStatus, after: BackupStatus): Record<string, unknown> {
  return mergePatchOf(before, after);
}
