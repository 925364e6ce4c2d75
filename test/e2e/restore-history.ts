import { isOwnedBy } from '../../src/domain/kubernetes/owned-by.js';
import { jobOutcome } from '../../src/domain/kubernetes/job-outcome.js';
import type { Job } from '../../src/domain/kubernetes/job.js';
import { restoreJobName } from '../../src/domain/replication/restore-job-name.js';
import type { RestoreJobStep } from '../../src/domain/replication/restore-step.js';
import type { Restore, RestoreStatus } from '../../src/domain/replication/restore.js';
import type { ClusterJournal, Version } from './cluster-journal.js';

/** Every version of everything that belongs to one Restore, oldest first. */
export interface RestoreHistory {
  readonly restores: readonly Version<Restore>[];
  readonly snapshotJobs: readonly Version<Job>[];
  readonly logJobs: readonly Version<Job>[];
  /** Names of its Events: one entry for each write. */
  readonly events: readonly string[];
}

/** Of this very object: a predecessor of the same name is another one. */
export function restoreHistoryOf(journal: ClusterJournal, { metadata }: Restore): RestoreHistory {
  const { name, uid } = metadata;
  const ownJobs = (step: RestoreJobStep): Version<Job>[] =>
    journal.jobs(restoreJobName(name, step)).filter(({ object }) => isOwnedBy(object, uid));
  return {
    restores: journal.restores(name).filter(({ object }) => object.metadata.uid === uid),
    snapshotJobs: ownJobs('snapshot-restore'),
    logJobs: ownJobs('log-restore'),
    events: journal
      .restoreEvents(name)
      .filter(({ involvedObject }) => involvedObject.uid === uid)
      .map(({ metadata: event }) => event.name),
  };
}

/** What must never happen to a replication restore and did, whatever was killed: one sentence for each case. */
export function restoreViolations(history: RestoreHistory): string[] {
  return [
    ...phasesBesideSteps(history),
    ...stepsBack(history),
    ...lostWrites(history),
    ...doubledJobs(history),
    ...earlyLogJobs(history),
    ...earlyEnds(history),
    ...doubledEvents(history),
  ];
}

/** The step that each phase has; the others say nothing about it. */
const STEP_OF_PHASE: Readonly<Record<string, string>> = {
  SnapshotRestore: 'snapshot-restore',
  LogRestore: 'log-restore',
  Running: 'log-restore',
  Complete: 'log-restore',
};

function phasesBesideSteps({ restores }: RestoreHistory): string[] {
  return restores.flatMap(({ revision, object: { status } }) => {
    const { phase = '', replicationStep = '' } = status;
    const expected = STEP_OF_PHASE[phase];
    const passed = hasCondition(status, 'LogRestore');
    return [
      ...(expected === undefined || expected === replicationStep
        ? []
        : [`phase ${phase} beside step "${replicationStep}" at revision ${revision}`]),
      ...(passed === (replicationStep === 'log-restore')
        ? []
        : [`condition LogRestore beside step "${replicationStep}" at revision ${revision}`]),
    ];
  });
}

const ORDER = ['', 'SnapshotRestore', 'LogRestore', 'Running', 'Complete', 'Failed'];

function stepsBack({ restores }: RestoreHistory): string[] {
  return pairsOf(restores).flatMap(([{ object: before }, { object: after, revision }]) => {
    const [from = '', to = ''] = [before.status.phase, after.status.phase];
    const isBack = ORDER.includes(from) && ORDER.includes(to) && ORDER.indexOf(to) < ORDER.indexOf(from);
    return isBack ? [`phase ${from} became ${to} at revision ${revision}`] : [];
  });
}

/** What a restore may unsay: what it waits for, and what was wrong with its spec. */
const PASSING = ['Waiting', 'Invalid'];

function lostWrites({ restores }: RestoreHistory): string[] {
  return pairsOf(restores).flatMap(([{ object: before }, { object: after, revision }]) => {
    const lost = (before.status.conditions ?? []).filter(
      ({ type, status }) => status === 'True' && !PASSING.includes(type) && !hasCondition(after.status, type),
    );
    const started = before.status.timeStarted ?? after.status.timeStarted;
    return [
      ...lost.map(({ type }) => `condition ${type} is lost at revision ${revision}`),
      ...(started === after.status.timeStarted ? [] : [`timeStarted changed at revision ${revision}`]),
    ];
  });
}

function doubledJobs({ snapshotJobs, logJobs }: RestoreHistory): string[] {
  return [snapshotJobs, logJobs].flatMap((versions) => {
    const uids = new Set(versions.map(({ object }) => object.metadata.uid));
    const name = versions[0]?.object.metadata.name;
    return uids.size > 1 ? [`Job ${name} was created ${uids.size} times`] : [];
  });
}

/** The log restore starts when the gate has been passed, and never beside the snapshot restore. */
function earlyLogJobs({ restores, snapshotJobs, logJobs }: RestoreHistory): string[] {
  const created = logJobs[0]?.revision;
  if (created === undefined) return [];
  const before = restores.findLast(({ revision }) => revision < created)?.object.status;
  const missing = ['SnapshotRestored', 'CompactSettled', 'LogRestore'].filter(
    (type) => before === undefined || !hasCondition(before, type),
  );
  return [
    ...missing.map((type) => `the log Job was created before condition ${type}`),
    ...(hasRunningJob(snapshotJobs, created) ? ['the log Job was created beside the snapshot Job'] : []),
  ];
}

/** Ours to write only when nothing runs any more: what the pod says itself is another matter. */
function earlyEnds({ restores, snapshotJobs, logJobs }: RestoreHistory): string[] {
  const end = restores.find(({ object }) => object.status.phase === 'Failed');
  const reason = end?.object.status.conditions?.find(({ type }) => type === 'Failed')?.reason;
  if (end === undefined || reason === 'RestoreDataFromRemoteFailed') return [];
  const running = [snapshotJobs, logJobs].filter((versions) => hasRunningJob(versions, end.revision));
  return running.map((versions) => `${versions[0]?.object.metadata.name} ran when the Restore was Failed`);
}

function doubledEvents({ events }: RestoreHistory): string[] {
  const doubled = events.filter((name, index) => events.indexOf(name) !== index);
  return doubled.map((name) => `Event ${name} was written again`);
}

function hasRunningJob(versions: readonly Version<Job>[], revision: number): boolean {
  const last = versions.findLast((version) => version.revision < revision);
  return last !== undefined && !last.deleted && jobOutcome(last.object) === 'running';
}

function hasCondition({ conditions }: RestoreStatus, wanted: string): boolean {
  return conditions?.some(({ type, status }) => type === wanted && status === 'True') === true;
}

function pairsOf<T>(values: readonly T[]): [T, T][] {
  return values.slice(1).flatMap((after, index) => {
    const before = values[index];
    return before === undefined ? [] : [[before, after] satisfies [T, T]];
  });
}
