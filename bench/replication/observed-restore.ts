import { jobOutcome } from '../../src/domain/kubernetes/job-outcome.js';
import { restoreJobName } from '../../src/domain/replication/restore-job-name.js';
import type { SeenVersion } from '../recording.js';
import type { RestoreJournal } from './restore-journal.js';
import type { ScriptedRestore } from './restore-manifests.js';

/** One whole restore, as the watches of the bench saw it, epoch milliseconds. */
export interface ObservedRestore {
  readonly name: string;
  readonly createdAtMs: number;
  /** The Job of the snapshot is shown. */
  readonly startedAtMs: number;
  /** That Job is shown with condition Complete. */
  readonly snapshotAtMs: number;
  /** The CompactBackup is shown with state Complete. */
  readonly compactionAtMs: number;
  /** The Job of the log is shown. */
  readonly logAtMs: number;
  readonly completeAtMs: number;
}

/** @throws Error naming what was not seen */
export function observedRestore(
  journal: RestoreJournal,
  { name, compactBackup }: Pick<ScriptedRestore, 'name' | 'compactBackup'>,
): ObservedRestore {
  const restores = journal.restores(name);
  const snapshots = journal.jobs(restoreJobName(name, 'snapshot-restore'));
  const logs = journal.jobs(restoreJobName(name, 'log-restore'));
  const at = (what: string, version: SeenVersion<unknown> | undefined): number => {
    if (version === undefined) throw new Error(`Restore ${name}: ${what} was not seen`);
    return version.atMs;
  };
  return {
    name,
    createdAtMs: at('its creation', restores[0]),
    startedAtMs: at('the Job of its snapshot', snapshots[0]),
    snapshotAtMs: at(
      'the end of its snapshot',
      snapshots.find(({ object }) => jobOutcome(object) === 'complete'),
    ),
    compactionAtMs: at(
      'the end of its compaction',
      journal.compactBackups(compactBackup).find(({ object }) => object.status.state === 'Complete'),
    ),
    logAtMs: at('the Job of its log', logs[0]),
    completeAtMs: at(
      'its end',
      restores.find(({ object }) => object.status.phase === 'Complete'),
    ),
  };
}

export function startLatencyMs({ createdAtMs, startedAtMs }: ObservedRestore): number {
  return startedAtMs - createdAtMs;
}

/** From the moment at which the later one of both inputs was there. */
export function gateLatencyMs({ snapshotAtMs, compactionAtMs, logAtMs }: ObservedRestore): number {
  return logAtMs - Math.max(snapshotAtMs, compactionAtMs);
}
