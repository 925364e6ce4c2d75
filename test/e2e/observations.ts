import type { BackoffRetryRecord, Backup } from '../../src/domain/backup/backup.js';
import { logJobName } from '../../src/domain/backup/log-job-name.js';
import type { BackupCommand } from '../../src/domain/backup/backup-command.js';
import { ATTEMPT_LABEL } from '../../src/domain/labels.js';
import { jobOutcome, type JobOutcome } from '../../src/domain/kubernetes/job-outcome.js';
import type { Incident } from '../../src/domain/retry/incident.js';
import { readIncident } from '../../src/domain/retry/read-incident.js';
import type { ClusterJournal } from './cluster-journal.js';

/** One Job object, from its creation to its end: one UID. */
export interface JobRun {
  readonly uid: string;
  /** Label holdfast.dev/attempt. */
  readonly attempt: string | undefined;
  /** Epoch milliseconds, whole seconds. */
  readonly createdMs: number;
  /** Revision at which it came to be. */
  readonly createdRevision: number;
  readonly outcome: JobOutcome;
  readonly deleted: boolean;
}

/** The runs of one sub-command of a Backup, oldest first. */
export function jobRunsOf(
  journal: ClusterJournal,
  backup: string,
  command: BackupCommand = 'log-start',
): JobRun[] {
  const versions = journal.jobs(logJobName(backup, command));
  const uids = [...new Set(versions.map(({ object }) => object.metadata.uid))];
  return uids.flatMap((uid) => {
    const own = versions.filter(({ object }) => object.metadata.uid === uid);
    const [first] = own;
    const last = own.at(-1);
    if (first === undefined || last === undefined) return [];
    return {
      uid,
      attempt: first.object.metadata.labels?.[ATTEMPT_LABEL],
      createdMs: Date.parse(first.object.metadata.creationTimestamp),
      createdRevision: first.revision,
      outcome: jobOutcome(last.object),
      deleted: last.deleted,
    };
  });
}

/** The Backup as it is now, as far as the watch has heard; `undefined` where there is none. */
export function latest(journal: ClusterJournal, backup: string): Backup | undefined {
  const last = journal.backups(backup).at(-1);
  return last === undefined || last.deleted ? undefined : last.object;
}

export function recordsOf(journal: ClusterJournal, backup: string): readonly BackoffRetryRecord[] {
  return latest(journal, backup)?.status.backoffRetryStatus ?? [];
}

export function incidentOf(journal: ClusterJournal, backup: string): Incident | undefined {
  const found = latest(journal, backup);
  return found === undefined ? undefined : readIncident(found);
}

/** The types of the top-level conditions that hold. */
export function conditionsOf(backup: Backup | undefined): string[] {
  return (backup?.status.conditions ?? []).filter(({ status }) => status === 'True').map(({ type }) => type);
}

export function conditionOf(backup: Backup | undefined, type: string) {
  return backup?.status.conditions?.find((condition) => condition.type === type);
}

/** How often each reason was said in Events on the Backup; an Event written twice counts twice. */
export function eventCounts(journal: ClusterJournal, backup: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of journal.events(backup)) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

/** The first revision of the Backup in which retry `retryNum` has its `realRetryAt`. */
export function revisionOfRealRetryAt(
  journal: ClusterJournal,
  { backup, retryNum }: { backup: string; retryNum: number },
): number | undefined {
  return journal
    .backups(backup)
    .find(({ object }) =>
      object.status.backoffRetryStatus?.some(
        (record) => record.retryNum === retryNum && record.realRetryAt !== undefined,
      ),
    )?.revision;
}
