import type { BackupStatus } from '../domain/backup/backup.js';
import { BrSpec } from '../domain/backup/br-spec.js';
import { backupTarget } from './backup-target.js';
import { runDataCourse, type FinishedData, type StatusChange } from './data-course.js';
import { warnOn, type PodDependenciesWithApi } from './pod-work.js';
import { prepareBr } from './prepare-br.js';
import { snapshotArguments } from './snapshot-arguments.js';
import {
  finishedSnapshotStatus,
  preparedSnapshotStatus,
  statusWithSnapshotCondition,
} from './snapshot-status.js';
import { isTso } from './start-timestamp.js';
import { fetchOwner, writeStatus } from './status-writer.js';

export interface SnapshotBackupOptions {
  readonly namespace: string;
  readonly backupName: string;
  readonly commitTs?: string | undefined;
  readonly clusterTls: boolean;
}

/** TiDB Operator's manager has one reason for BR's failure; what is wrong before BR runs is the same to people. */
const FAILED_REASON = 'BackupDataToRemoteFailed';

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
  const { metadata, spec } = await fetchOwner(target);
  return runDataCourse<BackupStatus>(
    {
      what: 'backup',
      write: (change, signal) => writeStatus(target, { uid: metadata.uid, change, signal }),
      prepare: () =>
        prepareBr({
          spec,
          schema: BrSpec,
          env: deps.env,
          commands: (spec) => snapshotArguments({ ...options, namespace, spec }),
        }),
      begin: ({ path, startedMs: nowMs }) => [
        (status) => preparedSnapshotStatus(status, { path, nowMs }),
        (status) => statusWithSnapshotCondition(status, { type: 'Running', nowMs }),
      ],
      complete: (done) => completed(options, done),
      fail: ({ message, endedMs: nowMs }) => {
        const update = { type: 'Failed', reason: FAILED_REASON, message, nowMs } as const;
        return (status) => statusWithSnapshotCondition(status, update);
      },
    },
    deps,
  );
}

/** BR's summary says the moment and the size. TiDB Operator reads both from the backup's own file. */
function completed(
  { commitTs }: SnapshotBackupOptions,
  { summary, startedMs, endedMs }: FinishedData,
): StatusChange<BackupStatus> {
  const moment = summary.backupTs ?? (isTso(commitTs) ? commitTs : undefined);
  const finished = { startedMs, endedMs, commitTs: moment, sizeBytes: summary.sizeBytes };
  return (status) => finishedSnapshotStatus(status, finished);
}
