import { restoreJobName } from '../../src/domain/replication/restore-job-name.js';
import { trueRestoreCondition } from '../../src/domain/replication/restore-status.js';
import type { ReplicationStep } from '../../src/domain/replication/restore-step.js';
import type { Restore } from '../../src/domain/replication/restore.js';
import type { SeenVersion } from '../recording.js';
import type { RestoreJournal } from './restore-journal.js';

/** What must never happen to a restore and did, one sentence each. */
export function findRestoreAnomalies(journal: RestoreJournal, names: readonly string[]): string[] {
  return names.flatMap((name) => [
    ...jobAnomalies(journal, name),
    ...statusAnomalies(journal, name),
    ...gateAnomalies(journal, name),
  ]);
}

function jobAnomalies(journal: RestoreJournal, name: string): string[] {
  return (['snapshot-restore', 'log-restore'] satisfies ReplicationStep[]).flatMap((step) => {
    const uids = new Set(journal.jobs(restoreJobName(name, step)).map(({ object }) => object.metadata.uid));
    return uids.size === 1 ? [] : [`${name}: ${uids.size} Jobs for step ${step}`];
  });
}

const STEP_OF_PHASE: Readonly<Record<string, ReplicationStep>> = {
  SnapshotRestore: 'snapshot-restore',
  LogRestore: 'log-restore',
  Running: 'log-restore',
  Complete: 'log-restore',
};

function statusAnomalies(journal: RestoreJournal, name: string): string[] {
  const versions = journal.restores(name);
  const disagreeing = versions.flatMap(({ object: { status } }) => {
    const { phase = '', replicationStep = '(none)' } = status;
    const step = STEP_OF_PHASE[phase];
    return step === undefined || step === replicationStep
      ? []
      : [`${name}: phase ${phase} beside step ${replicationStep}`];
  });
  const phase = versions.at(-1)?.object.status.phase;
  return phase === 'Complete'
    ? disagreeing
    : [...disagreeing, `${name}: it ended ${phase ?? 'without phase'}`];
}

/** Revisions are etcd's: they order writes to different objects. */
function gateAnomalies(journal: RestoreJournal, name: string): string[] {
  const marked = journal.restores(name).find(hasBothMarkers);
  const created = journal.jobs(restoreJobName(name, 'log-restore'))[0];
  if (created === undefined) return [];
  return marked !== undefined && marked.revision < created.revision
    ? []
    : [`${name}: the Job of the log was created before both markers stood`];
}

function hasBothMarkers({ object: { status } }: SeenVersion<Restore>): boolean {
  return ['SnapshotRestored', 'CompactSettled'].every((type) => trueRestoreCondition(status, type));
}
