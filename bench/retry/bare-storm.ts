import { setTimeout as delay } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createBackupActivities } from '../../src/activities/backup/backup-activities.js';
import type { BackupActivityDependencies } from '../../src/activities/backup/dependencies.js';
import { recordAtOnce } from '../../src/activities/backup/record-at-once.js';
import { jobOutcome } from '../../src/domain/kubernetes/job-outcome.js';
import type { RetryReview, StartResult } from '../../src/domain/retry/review.js';
import { clusterUidOf } from '../../src/kubernetes/cluster-identity.js';
import { createJobDeletions, type JobDeletions } from '../../src/kubernetes/job-deletions.js';
import { nowMs } from '../machine.js';
import type { BenchWorld } from './bench-world.js';
import { failuresOf, type RetriedFailure } from './failures.js';
import { jobNameOf, NAMESPACE, type ScriptedBackup } from './manifests.js';
import { CALM_BEFORE_MS, createBackups, strikeAfterMs, type StormSize } from './storm.js';

const LOOK_EVERY_MS = 20;

/** The same failures, and what they took where nothing durable was in between. */
export interface BareStorm {
  readonly size: StormSize;
  readonly failures: readonly RetriedFailure[];
}

/**
 * The storm again after Temporal and the worker have ended: this process calls the very steps that record and restart,
 * with a timer in memory between them. What is left is the share of the API server, its controllers and these calls:
 * no workflow can be below it. Run it last: the world has no worker after it.
 */
export async function measureBareStorm(world: BenchWorld, size: StormSize): Promise<BareStorm> {
  const strikesAtMs = nowMs() + strikeAfterMs(size);
  const backups = await createBackups(world, { count: size, strikesAtMs, prefix: 'bare' });
  await delay(strikesAtMs - nowMs() - CALM_BEFORE_MS / 2);
  world.stack.group.kill('worker', 'SIGKILL');
  world.stack.group.kill('temporal', 'SIGKILL');
  const deletions = createJobDeletions();
  const endDeletions = deletions.begin();
  const deps: BackupActivityDependencies = {
    api: world.api,
    clusterUid: (await clusterUidOf(world.api)) ?? '',
    operator: 'absent',
    images: { backupManager: 'not-created-here' },
    deletions,
    now: Date.now,
  };
  const ending = new AbortController();
  const telling = tellDeletions(world, { backups, deletions, signal: ending.signal });
  try {
    await Promise.all(backups.map((backup) => recordAndRestart(world, deps, backup)));
  } finally {
    ending.abort();
    await telling;
    endDeletions();
  }
  return { size, failures: backups.flatMap((backup) => failuresOf(world.journal, backup)) };
}

async function recordAndRestart(
  { journal, cluster }: BenchWorld,
  deps: BackupActivityDependencies,
  { name }: ScriptedBackup,
): Promise<void> {
  const lastJob = () => journal.jobs(jobNameOf(name)).at(-1);
  while (!isFailed(lastJob()?.object)) await delay(LOOK_EVERY_MS);
  const uid = journal.backups(name).at(-1)?.object.metadata.uid ?? '';
  const input = { cluster, clusterUid: deps.clusterUid, namespace: NAMESPACE, name, uid };
  const activity = () => new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const review: RetryReview | undefined = await activity().run(recordAtOnce, deps, input);
  if (review === undefined) throw new Error(`the failure of Backup ${name} was not recorded`);
  await delay(Math.max(0, review.dueMs - Date.now()));
  const { restartJob } = createBackupActivities(deps);
  const retry = { ...input, retryNum: review.retryNum };
  const started: StartResult = await activity().run(restartJob, retry);
  if (started.result !== 'Started') throw new Error(`Backup ${name} was not retried: ${started.summary}`);
  while (isFailed(lastJob()?.object)) await delay(LOOK_EVERY_MS);
}

function isFailed(job: Parameters<typeof jobOutcome>[0] | undefined): boolean {
  return job !== undefined && jobOutcome(job) === 'failed';
}

/** What the watch of a worker does: the journal sees every deletion. */
async function tellDeletions(
  { journal }: BenchWorld,
  options: { backups: readonly ScriptedBackup[]; deletions: JobDeletions; signal: AbortSignal },
): Promise<void> {
  const { backups, deletions, signal } = options;
  const told = new Set<string>();
  while (!signal.aborted) {
    for (const { name } of backups) {
      const last = journal.jobs(jobNameOf(name)).at(-1);
      if (last?.deleted !== true || told.has(last.object.metadata.uid)) continue;
      told.add(last.object.metadata.uid);
      deletions.gone(last.object.metadata.uid);
    }
    await delay(LOOK_EVERY_MS);
  }
}
