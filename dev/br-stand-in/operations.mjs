import { UsageError, requireFlags } from './arguments.mjs';
import { logLine } from './tidb-log.mjs';

const END_OF_TIME = '999999999999999999';
const LOG_COMMANDS = ['start', 'stop', 'pause', 'resume', 'truncate', 'status'];
const BACKUP_TYPES = ['full', 'db', 'table'];
const RESTORE_TYPES = ['full', 'db', 'table', 'point'];

/**
 * What a command line asks for, as {summaryName, kind, storage, starting(), progress(share), succeeded()};
 * the functions return lines to print. @throws UsageError where BR would refuse the command line.
 */
export function operationFor({ words, flags }) {
  const [group, command, ...rest] = words;
  const known = rest.length === 0 ? `${group} ${command}` : words.join(' ');
  if (group === 'log' && LOG_COMMANDS.includes(command) && rest.length === 0)
    return logOperation(command, flags);
  if (group === 'backup' && BACKUP_TYPES.includes(command)) return dataOperation('Backup', command, flags);
  if (group === 'restore' && RESTORE_TYPES.includes(command)) return dataOperation('Restore', command, flags);
  if (known === 'operator base64ify') return base64ify(flags);
  if (group === 'abort' && command === 'restore') return abortRestore(flags);
  throw new UsageError(`unknown command "${words.join(' ')}" for "br"`);
}

/** The TSO of a moment: milliseconds in the upper bits, 18 bits of counter below. */
function tsoOf(milliseconds) {
  return (BigInt(milliseconds) << 18n).toString();
}

function requiredOfLog(command) {
  if (command === 'status') return ['pd'];
  if (command === 'truncate') return ['storage', 'until', 'pd'];
  return command === 'start' ? ['task-name', 'storage', 'pd'] : ['task-name', 'pd'];
}

function logOperation(command, flags) {
  requireFlags(flags, requiredOfLog(command));
  const startedAtMs = Date.now();
  const summaryName = `log ${command}`;
  const startTs = flags.get('start-ts') ?? tsoOf(startedAtMs);
  const filter = flags.get('filter') ?? '*.*';
  const task = `{taskName=${flags.get('task-name')},startTs=${startTs},endTS=${END_OF_TIME},tableFilter=${filter}}`;
  return {
    summaryName,
    command,
    taskName: flags.get('task-name'),
    kind: 'log',
    storage: flags.get('storage') ?? '',
    starting: () => [
      logLine('info.go:49', 'Welcome to Backup & Restore (BR)', { 'release-version': 'v8.5.0' }),
      ...(command === 'truncate' ? [operationStarted('log truncate')] : []),
    ],
    progress: () => [],
    succeeded: () => [
      ...(command === 'start' ? [logLine('collector.go:77', 'log start', startFields(task))] : []),
      ...(command === 'status' ? taskList(flags, startTs) : []),
      logLine('collector.go:77', `${summaryName} success summary`, {
        'total-ranges': 0,
        'ranges-succeed': 0,
        'ranges-failed': 0,
        'total-take': `${(Date.now() - startedAtMs) / 1000}s`,
      }),
    ],
  };
}

/** With `--json`, the one task that was asked for, as BR's list has it; a TSO is more than a number of ours can hold. */
function taskList(flags, startTs) {
  if (!flags.has('json')) return ['● Total 0 Tasks.'];
  const name = JSON.stringify(flags.get('task-name'));
  const storage = JSON.stringify(flags.get('storage') ?? '');
  return [
    `[{"name":${name},"start_ts":${startTs},"table_filter":["*.*"],"progress":[],"storage":${storage}}]`,
  ];
}

function startFields(streamTaskInfo) {
  return { streamTaskInfo, pausing: false, rangeCount: 2 };
}

function operationStarted(command) {
  return logLine('operation.go:40', 'BR operation started', { operation_id: crypto.randomUUID(), command });
}

function dataOperation(verb, type, flags) {
  requireFlags(flags, ['storage', 'pd']);
  const startedAtMs = Date.now();
  const title = `${type.charAt(0).toUpperCase()}${type.slice(1)} ${verb}`;
  const phase = type === 'point' ? restorePhaseOf(flags) : undefined;
  return {
    summaryName: title,
    kind: 'data',
    storage: flags.get('storage'),
    keepsNewestVersionOnly: flags.has('retain-latest-mvcc-version'),
    starting: () => [
      logLine('info.go:49', 'Welcome to Backup & Restore (BR)', { 'release-version': 'v8.5.0' }),
      ...(verb === 'Restore' ? [operationStarted(`restore ${type}`)] : []),
    ],
    progress: (share) => [
      logLine('progress.go:176', 'progress', {
        step: title,
        progress: `${(share * 100).toFixed(2)}%`,
        count: `${Math.round(share * 16)} / 16`,
        elapsed: secondsSince(startedAtMs),
      }),
    ],
    succeeded: () => [
      // The log comes last: half 1 of a replication restore ends before it, half 2 begins with it.
      ...(type === 'point' && phase === 2 ? [] : [dataSummary({ verb, type, flags, startedAtMs })]),
      ...(type === 'point' && phase !== 1 ? [logRestoreSummary(flags, startedAtMs)] : []),
    ],
  };
}

/** Half of a replication restore, by either name of the flag. @throws UsageError for what is no half */
function restorePhaseOf(flags) {
  const phase = flags.get('restore-phase') ?? flags.get('replication-storage-phase');
  if (phase === undefined) return undefined;
  if (phase !== '1' && phase !== '2') throw new UsageError(`invalid restore phase ${phase}: it is 1 or 2`);
  return Number(phase);
}

function dataSummary({ verb, type, flags, startedAtMs }) {
  const title = `${type === 'point' ? 'Full' : type.charAt(0).toUpperCase() + type.slice(1)} ${verb}`;
  return logLine('collector.go:77', `${title} success summary`, {
    'total-ranges': 16,
    'ranges-succeed': 16,
    'ranges-failed': 0,
    'total-take': secondsSince(startedAtMs),
    BackupTS: flags.get('backupts') ?? tsoOf(startedAtMs),
    'total-kv': 1024,
    'total-kv-size': '1.5MB',
    'average-speed': '1.5MB/s',
    Size: 1_572_864,
  });
}

function logRestoreSummary(flags, startedAtMs) {
  const restoredTs = flags.get('restored-ts') ?? '0';
  return logLine('collector.go:77', 'restore log success summary', {
    'total-take': secondsSince(startedAtMs),
    'source-start-point': flags.get('start-ts') ?? tsoOf(startedAtMs - 60_000),
    'source-end-point': restoredTs === '0' ? tsoOf(startedAtMs) : restoredTs,
    'target-end-point': tsoOf(Date.now()),
    'total-kv-count': 1024,
    'total-size': '1.5MB',
  });
}

function secondsSince(startedAtMs) {
  return `${(Date.now() - startedAtMs) / 1000}s`;
}

function base64ify(flags) {
  requireFlags(flags, ['storage']);
  const storage = flags.get('storage');
  const encoded = Buffer.from(JSON.stringify({ storage })).toString('base64');
  return { kind: 'data', storage, starting: () => [], progress: () => [], succeeded: () => [encoded] };
}

function abortRestore(flags) {
  requireFlags(flags, ['storage', 'pd']);
  return {
    summaryName: 'Abort Restore',
    kind: 'data',
    storage: flags.get('storage'),
    starting: () => [],
    progress: () => [],
    succeeded: () => [logLine('abort.go:88', 'successfully aborted restore task', { 'task-id': 1 })],
  };
}
