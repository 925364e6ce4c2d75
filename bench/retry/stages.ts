import { summarize } from '../statistics.js';
import { succeeded, type ApiWrite } from '../audit-log.js';
import type { RetriedFailure } from './failures.js';
import type { PastEvent } from './histories.js';
import { jobNameOf } from './manifests.js';

/** What several parties say of one failure. Their clocks are one: everything runs on this machine. */
export interface Witnesses {
  readonly failure: RetriedFailure;
  /** To its Backup and Job, by anybody, in the order of their arrival. */
  readonly writes: readonly ApiWrite[];
  readonly workerUser: string;
  /** Of its workflow. */
  readonly history: readonly PastEvent[];
}

/** Something that happened, epoch milliseconds. Each is told as the end of the stage before it. */
interface Moment {
  readonly what: string;
  readonly atMs: number;
}

/** From "the API server has stored Failed" to "the record is in the watch". */
export function recordMoments({ failure, writes, workerUser }: Witnesses): Moment[] {
  const failed = failedWrite({ failure, writes });
  const record = writes.find(
    (write) => isWorkerPatch(write, { failure, workerUser }) && write.receivedMs > (failed?.receivedMs ?? 0),
  );
  return [
    moment('', failed?.answeredMs),
    moment('the watch of the worker reads and decides: record arrives at the API server', record?.receivedMs),
    moment('the API server stores it', record?.answeredMs),
    moment('the watch shows it', failure.recordedAtMs),
  ];
}

/** From "the retry is due" to "the new Job is in the watch". */
export function retryMoments({ failure, writes, workerUser, history }: Witnesses): Moment[] {
  const job = jobNameOf(failure.backup);
  const restarts = history.flatMap(({ activity }, index) => (activity === 'restartJob' ? [index] : []));
  const restart = restarts[failure.retryNum - 1] ?? -1;
  const timer = history.slice(0, restart).findLast(({ kind }) => kind === 'TimerStarted');
  const fired = history.slice(0, restart).findLast(({ kind }) => kind === 'TimerFired');
  const byWorker = writes.filter((write) => write.user === workerUser && succeeded(write));
  const after = byWorker.filter(({ receivedMs }) => receivedMs > (fired?.atMs ?? 0));
  const deletion = after.find(({ verb, name }) => verb === 'delete' && name === job);
  const scheduled = after.find((write) => isWorkerPatch(write, { failure, workerUser }));
  const creation = after.find(({ verb, name }) => verb === 'create' && name === job);
  return [
    moment('', failure.failedAtMs + failure.backoffMs),
    moment('until it was detected: due', timer && timer.atMs + (timer.delayMs ?? 0)),
    moment('Temporal fires the timer', fired?.atMs),
    moment('the workflow runs: activity scheduled', history[restart]?.atMs),
    moment('Temporal hands out the activity', find(history.slice(restart), 'ActivityStarted')),
    moment('it reads: deletion arrives', deletion?.receivedMs),
    moment('the old Job goes, reads: "Scheduled" arrives', scheduled?.receivedMs),
    moment('the API server stores it, the new Job arrives', creation?.receivedMs),
    moment('the API server stores it, the watch shows it', failure.retriedAtMs),
  ];
}

/** The controller's last word on the Job that failed, before the next Job of that name is created. */
function failedWrite({ failure, writes }: Pick<Witnesses, 'failure' | 'writes'>): ApiWrite | undefined {
  const job = jobNameOf(failure.backup);
  const creations = writes.filter(
    ({ verb, name, resource }) => verb === 'create' && name === job && resource === 'jobs',
  );
  const nextMs = creations[failure.retryNum]?.receivedMs ?? 0;
  return writes.findLast(
    ({ resource, name, receivedMs }) => resource === 'jobs/status' && name === job && receivedMs < nextMs,
  );
}

function isWorkerPatch(
  write: ApiWrite,
  { failure, workerUser }: Pick<Witnesses, 'failure' | 'workerUser'>,
): boolean {
  const { user, resource, name } = write;
  return user === workerUser && resource === 'backups' && name === failure.backup && succeeded(write);
}

function find(events: readonly PastEvent[], kind: PastEvent['kind']): number | undefined {
  return events.find((event) => event.kind === kind)?.atMs;
}

function moment(what: string, atMs: number | undefined): Moment {
  return { what, atMs: atMs ?? Number.NaN };
}

export interface Stage {
  readonly what: string;
  readonly p50Ms: number;
  readonly p90Ms: number;
}

/** How long each stage took over all failures; one that a party did not witness is left out. */
export function stagesOf(all: readonly (readonly Moment[])[]): Stage[] {
  const names = (all[0] ?? []).map(({ what }) => what);
  return names.slice(1).map((what, index) => {
    const lengths = all.map((moments) => (moments[index + 1]?.atMs ?? 0) - (moments[index]?.atMs ?? 0));
    const known = lengths.filter((lengthMs) => !Number.isNaN(lengthMs));
    if (known.length === 0) return { what, p50Ms: Number.NaN, p90Ms: Number.NaN };
    const { p50, p90 } = summarize(known);
    return { what, p50Ms: p50, p90Ms: p90 };
  });
}
