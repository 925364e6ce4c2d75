import type { RestoreOutcome } from '../../domain/replication/restore-review.js';
import type { CliDependencies } from '../dependencies.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { TemporalAccess } from '../temporal-access.js';
import type { WorkflowRun } from '../temporal-runs.js';

/** How a wait ended. */
export interface RestoreVerdict {
  readonly exitCode: ExitCode;
  readonly outcome: RestoreOutcome | 'TimedOut';
  readonly summary: string;
}

const EXIT_OF_OUTCOME: Readonly<Record<RestoreOutcome, ExitCode>> = {
  Complete: EXIT.done,
  Failed: EXIT.failed,
  Invalid: EXIT.usage,
  Deleted: EXIT.notFound,
  Left: EXIT.refused,
};

/** Waits for the end of the run. @throws CliFailure (1) when it ended without a result */
export async function waitForRestore(
  { output }: Pick<CliDependencies, 'output'>,
  { temporal, run, timeoutMs }: { temporal: TemporalAccess; run: WorkflowRun; timeoutMs: number },
): Promise<RestoreVerdict> {
  const result = await temporal.restoreOutcomeOf(run, { timeoutMs });
  const verdict: RestoreVerdict =
    result === undefined
      ? { exitCode: EXIT.timedOut, outcome: 'TimedOut', summary: 'not ended in time, the work goes on' }
      : { exitCode: EXIT_OF_OUTCOME[result.outcome], ...result };
  output.say(`${verdict.outcome}: ${verdict.summary}`);
  return verdict;
}
