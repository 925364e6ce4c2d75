import { decideRestore } from '../../domain/replication/decide-restore.js';
import { observeRestoreJob } from '../../domain/replication/observe-restore-job.js';
import { RESTORE_JOB_STEPS, type RestoreJobStep } from '../../domain/replication/restore-step.js';
import type { SeenRestore } from '../../domain/replication/seen-restore.js';
import { lastWords } from '../../domain/retry/evidence.js';
import type { KubernetesApi } from '../../kubernetes/api.js';
import { podsOfJob } from '../../kubernetes/jobs.js';
import type { JudgedRestore } from '../../kubernetes/judge-restore.js';
import { readLogTail } from '../../kubernetes/log-tail.js';

/**
 * The same decision with what BR said last, where a failure is about to be written: a Job's own message only tells that
 * it failed. Failed pods stay as long as their Job; where one is gone all the same, nothing is added.
 */
export async function hearLastWords(
  api: KubernetesApi,
  judged: JudgedRestore | undefined,
): Promise<JudgedRestore | undefined> {
  if (judged?.decision.kind !== 'Write') return judged;
  const { change } = judged.decision;
  if (change !== 'Failed' && change !== 'PruneFailed') return judged;
  const seen: SeenRestore = { ...judged.seen, lastWords: await wordsOf(api, judged.seen) };
  return { ...judged, seen, decision: decideRestore(seen) };
}

async function wordsOf(
  api: KubernetesApi,
  seen: SeenRestore,
): Promise<Partial<Record<RestoreJobStep, string>>> {
  const failed = RESTORE_JOB_STEPS.filter((step) => observeRestoreJob(seen, step).state === 'failed');
  const words = await Promise.all(
    failed.map(async (step) => {
      const job = seen.jobs[step];
      const pods = job === undefined ? [] : await podsOfJob(api, job);
      const [newest] = pods;
      const logTail = newest === undefined ? undefined : await readLogTail(api, newest);
      return { step, text: lastWords({ pods, logTail }) };
    }),
  );
  return Object.fromEntries(words.flatMap(({ step, text }) => (text === undefined ? [] : [[step, text]])));
}
