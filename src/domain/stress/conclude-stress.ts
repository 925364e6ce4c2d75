import type { StressReport } from './stress-report.js';
import type { StressCleanup, StressOutcome } from './stress-result.js';

/** What is said at the end of a run: one word and one sentence. */
export interface StressConclusion {
  readonly outcome: StressOutcome;
  readonly summary: string;
}

/** @param ended what was created and what was deleted; each absent where it was not asked for */
export function concludeStress(ended: {
  readonly report: StressReport | undefined;
  readonly cleanup: StressCleanup | undefined;
}): StressConclusion {
  const { report, cleanup } = ended;
  const isClean = cleanup === undefined || isDone(cleanup);
  const summary = [...creationWords(report), ...cleanupWords(cleanup)].join('; ');
  if (report === undefined) return { outcome: isClean ? 'Cleaned' : 'Failed', summary };
  if (report.succeeded === report.operations && isClean) return { outcome: 'Complete', summary };
  return { outcome: report.succeeded === 0 ? 'Failed' : 'Partial', summary };
}

function isDone({ remaining, failure }: StressCleanup): boolean {
  return remaining.length === 0 && failure === undefined;
}

function creationWords(report: StressReport | undefined): string[] {
  if (report === undefined) return [];
  const { operations, withRetries, firstAttemptsAlone, failures } = report;
  const numbers =
    `${withRetries.succeeded} of ${operations} operations succeeded (${withRetries.percent} %), ` +
    `first attempts alone ${firstAttemptsAlone.succeeded} (${firstAttemptsAlone.percent} %)`;
  const [first] = failures;
  return first === undefined
    ? [numbers]
    : [numbers, `first failure, in ${first.namespace}: ${first.operation}: ${first.message}`];
}

function cleanupWords(cleanup: StressCleanup | undefined): string[] {
  if (cleanup === undefined) return ['everything is kept'];
  if (isDone(cleanup)) return ['nothing of the run is left in the cluster'];
  const { remaining, failure = '' } = cleanup;
  const left = remaining.length === 0 ? 'namespaces may be left' : `left: ${remaining.join(', ')}`;
  return [`the cleanup is not done (${failure}); ${left}`];
}
