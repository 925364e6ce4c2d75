import type { Backup, BackupStatus } from '../domain/backup/backup.js';
import { BrSpec } from '../domain/backup/br-spec.js';
import { backupTarget } from './backup-target.js';
import type { BrSummary } from './br-words.js';
import { statusWithWords } from './observed-progress.js';
import { conditionMessage, settle, warnOn, type PodDependenciesWithApi } from './pod-work.js';
import { prepareBr } from './prepare-br.js';
import { runBrData } from './run-br-data.js';
import { snapshotArguments } from './snapshot-arguments.js';
import {
  finishedSnapshotStatus,
  preparedSnapshotStatus,
  statusWithSnapshotCondition,
} from './snapshot-status.js';
import { isTso } from './start-timestamp.js';
import { fetchOwner, NEVER_STOPPED, writeStatus } from './status-writer.js';

export interface SnapshotBackupOptions {
  readonly namespace: string;
  readonly backupName: string;
  readonly commitTs?: string | undefined;
  readonly clusterTls: boolean;
}

type StatusChange = (status: BackupStatus) => BackupStatus;

interface SnapshotContext extends PodDependenciesWithApi {
  readonly backup: Backup;
  readonly write: (change: StatusChange, signal: AbortSignal) => Promise<void>;
}

/** What has to be written at the end, whatever that is. */
interface SnapshotEnd {
  readonly succeeded: boolean;
  readonly change: StatusChange;
}

/**
 * Takes a snapshot backup and writes its course to the Backup: Prepare, Running, then Complete or Failed.
 * @returns whether BR succeeded
 * @throws StatusOwnerGone or ApiFailure where the status cannot be written
 */
export async function runSnapshotBackup(
  options: SnapshotBackupOptions,
  deps: PodDependenciesWithApi,
): Promise<boolean> {
  const { namespace, backupName: name } = options;
  const target = backupTarget({ api: deps.api, namespace, name, warn: warnOn(deps) });
  const backup = await fetchOwner(target);
  const write = (change: StatusChange, signal: AbortSignal) =>
    writeStatus(target, { uid: backup.metadata.uid, change, signal });
  const context = { ...deps, backup, write };
  const outcome = await settle(deps.stopping, async () => ({ facts: await perform(options, context) }));
  const end = 'facts' in outcome ? outcome.facts : failed(context, outcome.failure);
  await write(end.change, NEVER_STOPPED);
  return end.succeeded;
}

async function perform(options: SnapshotBackupOptions, context: SnapshotContext): Promise<SnapshotEnd> {
  const { backup, write, stopping, env, output } = context;
  const startedMs = Date.now();
  const { namespace } = backup.metadata;
  const prepared = await prepareBr({
    spec: backup.spec,
    schema: BrSpec,
    env,
    commands: (spec) => snapshotArguments({ ...options, namespace, spec }),
  });
  if ('failure' in prepared) return failed(context, prepared.failure);
  await write(
    (status) => preparedSnapshotStatus(status, { path: prepared.path, nowMs: startedMs }),
    stopping,
  );
  const running = { type: 'Running', nowMs: Date.now() } as const;
  await write((status) => statusWithSnapshotCondition(status, running), stopping);
  const { failure, summary, words } = await runBrData({
    path: prepared.br,
    args: prepared.commands,
    env,
    stopping,
    output,
    warn: warnOn(context),
    writeProgress: (words, signal) => write((status) => statusWithWords(status, words), signal),
  });
  const end = failure === undefined ? complete(options, { summary, startedMs }) : failed(context, failure);
  return { ...end, change: (status) => end.change(statusWithWords(status, words)) };
}

/** BR's summary says the moment of the snapshot and its size. TiDB Operator reads both from the backup's own file. */
function complete(
  { commitTs }: SnapshotBackupOptions,
  { summary, startedMs }: { summary: BrSummary; startedMs: number },
): SnapshotEnd {
  const finished = {
    commitTs: summary.backupTs ?? (isTso(commitTs) ? commitTs : undefined),
    sizeBytes: summary.sizeBytes,
    startedMs,
    endedMs: Date.now(),
  };
  return { succeeded: true, change: (status) => finishedSnapshotStatus(status, finished) };
}

/** One reason, as TiDB Operator's manager has for BR's failure: what is wrong before BR runs is the same to people. */
function failed({ output }: SnapshotContext, failure: string): SnapshotEnd {
  const message = conditionMessage(failure);
  output.stderr.write(`The backup failed: ${message}\n`);
  const update = { type: 'Failed', reason: 'BackupDataToRemoteFailed', message, nowMs: Date.now() } as const;
  return { succeeded: false, change: (status) => statusWithSnapshotCondition(status, update) };
}
