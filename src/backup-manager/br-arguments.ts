import type { BrOptions, BrSpec } from '../domain/backup/br-spec.js';
import { selectStorage } from '../domain/storage-location.js';
import { flag } from './br-flag.js';
import { storageArguments } from './storage-arguments.js';

const CLUSTER_TLS_FOLDER = '/var/lib/cluster-client-tls';

export interface BrArgumentsInput {
  /** Of the custom resource; the cluster's too unless `br.clusterNamespace` says otherwise. */
  readonly namespace: string;
  readonly spec: BrSpec;
  readonly clusterTls: boolean;
}

/**
 * What every BR command of a backup gets, in TiDB Operator's order: `br.options` are last, so that people can override
 * everything before.
 */
export function backupArguments(input: BrArgumentsInput): string[] {
  const { br } = input.spec;
  return [
    ...connectionArguments(input),
    ...flag('concurrency', br.concurrency),
    ...flag('ratelimit', br.rateLimit),
    ...flag('timeago', br.timeAgo),
    ...checkArguments(br),
    ...(br.options ?? []),
  ];
}

/** The same for a restore: there is no time to go back to, and it can run while the cluster serves. */
export function restoreTuningArguments({ spec: { br } }: BrArgumentsInput): string[] {
  return [
    ...flag('concurrency', br.concurrency),
    ...flag('ratelimit', br.rateLimit),
    ...checkArguments(br),
    ...flag('online', br.onLine),
    ...(br.options ?? []),
  ];
}

/** Which cluster, which storage, which tables. */
export function connectionArguments({ namespace, spec, clusterTls }: BrArgumentsInput): string[] {
  const { br } = spec;
  const storage = selectStorage(spec);
  const clusterNamespace =
    br.clusterNamespace === undefined || br.clusterNamespace === '' ? namespace : br.clusterNamespace;
  return [
    `--pd=${br.cluster}-pd.${clusterNamespace}:2379`,
    ...(clusterTls ? tlsArguments() : []),
    ...flag('log-level', br.logLevel),
    ...flag('status-addr', br.statusAddr),
    ...flag('send-credentials-to-tikv', br.sendCredToTikv),
    ...(storage === undefined ? [] : storageArguments(storage)),
    ...tableArguments(spec),
  ];
}

/** `full`, `db` or `table`. @throws Error for what BR has no command for */
export function dataCommand({ backupType = '' }: BrSpec): string {
  if (backupType === '') return 'full';
  if (DATA_COMMANDS.includes(backupType)) return backupType;
  throw new Error(`spec.backupType "${backupType}" is not known: it is one of ${DATA_COMMANDS.join(', ')}`);
}

const DATA_COMMANDS: readonly string[] = ['full', 'db', 'table'];

function tlsArguments(): string[] {
  return [
    `--ca=${CLUSTER_TLS_FOLDER}/ca.crt`,
    `--cert=${CLUSTER_TLS_FOLDER}/tls.crt`,
    `--key=${CLUSTER_TLS_FOLDER}/tls.key`,
  ];
}

/** Filters win over the older way of naming one database or table. */
function tableArguments({ br, backupType, tableFilter }: BrSpec): string[] {
  if (tableFilter != null && tableFilter.length > 0)
    return tableFilter.flatMap((filter) => ['--filter', filter]);
  if (backupType === 'table') return [...flag('table', br.table), ...flag('db', br.db)];
  return backupType === 'db' ? flag('db', br.db) : [];
}

function checkArguments(br: BrOptions): string[] {
  return [...flag('checksum', br.checksum), ...flag('check-requirements', br.checkRequirements)];
}
