import { jobOutcome, trueCondition } from '../../src/domain/kubernetes/job-outcome.js';
import type { Job } from '../../src/domain/kubernetes/job.js';
import type { Pod } from '../../src/domain/kubernetes/pod.js';
import { ATTEMPT_LABEL, REPLICATION_STEP_LABEL } from '../../src/domain/labels.js';
import { failedContainer } from '../../src/domain/retry/evidence.js';
import type { News } from './news.js';
import type { SeenEvent } from './observation.js';

/** What is new in a Job since `before`; `undefined` = it was not known. */
export function jobNews(before: Job | undefined, { job, deleted }: { job: Job; deleted: boolean }): News[] {
  const { name } = job.metadata;
  if (deleted) return [{ tone: 'quiet', text: `Job ${name} and its pod are gone` }];
  const outcome = jobOutcome(job);
  const ended = before !== undefined && jobOutcome(before) === outcome ? 'running' : outcome;
  return [
    ...(before === undefined
      ? [{ tone: 'plain', text: `Job ${name} created: ${purposeOf(job)}` } as const]
      : []),
    ...(ended === 'failed' ? [{ tone: 'bad', text: `Job failed: ${failedReason(job)}` } as const] : []),
    ...(ended === 'complete' ? [{ tone: 'good', text: 'Job complete' } as const] : []),
  ];
}

function purposeOf({ metadata }: Job): string {
  const step = metadata.labels?.[REPLICATION_STEP_LABEL];
  if (step !== undefined) return step === 'log-restore' ? 'the second half' : 'the first half';
  const attempt = metadata.labels?.[ATTEMPT_LABEL] ?? '0';
  return attempt === '0' ? 'the first run' : `retry ${attempt}`;
}

function failedReason(job: Job): string {
  return trueCondition(job, 'Failed')?.reason ?? '(no reason)';
}

/** What is new in a pod since `before`; `undefined` = it was not known. */
export function podNews(before: Pod | undefined, now: Pod): News[] {
  const phase = now.status?.phase;
  if (phase === before?.status?.phase) return [];
  switch (phase) {
    case 'Running':
      return [{ tone: 'plain', text: `pod ${now.metadata.name} runs` }];
    case 'Failed':
      return [{ tone: 'bad', text: `pod failed: ${endOf(now)}` }];
    case 'Succeeded':
      return [{ tone: 'good', text: 'pod succeeded' }];
    default:
      return [];
  }
}

function endOf(pod: Pod): string {
  const container = failedContainer(pod);
  const end = container?.state?.terminated;
  if (container === undefined || end === undefined) return pod.status?.reason ?? '(no reason)';
  return `${end.reason ?? 'Error'}, container ${container.name}, exit code ${end.exitCode}`;
}

/** The message is left to `kubectl describe`: most of it stands in the lines around this one. */
export function eventNews({ type, reason }: SeenEvent): News[] {
  return [{ tone: 'quiet', text: `Event ${reason} (${type ?? 'Normal'})` }];
}
