import { stressWorkflowId } from '../../domain/names.js';
import type { StressClusterInput } from '../../domain/stress/stress-input.js';
import type { StressOutcome, StressResult } from '../../domain/stress/stress-result.js';
import { CliFailure } from '../cli-failure.js';
import type { CliDependencies } from '../dependencies.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { factList } from '../render/fact-list.js';
import { renderStressReport } from '../render/stress-report.js';
import type { TemporalAccess } from '../temporal-access.js';
import type { WorkflowRun } from '../temporal-runs.js';
import { webUiLink } from '../web-ui-link.js';
import type { StressLogFile } from './stress-log-file.js';
import { waitForStress } from './wait-for-stress.js';

const EXIT_OF_OUTCOME: Readonly<Record<StressOutcome, ExitCode>> = {
  Complete: EXIT.done,
  Cleaned: EXIT.done,
  Partial: EXIT.partial,
  Failed: EXIT.failed,
};

export interface FollowedStress {
  readonly input: StressClusterInput;
  readonly wait: {
    readonly wait: boolean;
    /** Milliseconds. */
    readonly timeout: number;
    readonly output: 'table' | 'json';
  };
  readonly logFile: StressLogFile;
}

/** Starts a run or attaches to it, shows how it goes and what came of it. @throws CliFailure */
export async function followStress(deps: CliDependencies, followed: FollowedStress): Promise<ExitCode> {
  const { input, wait, logFile } = followed;
  const { settings, output } = deps;
  const temporal = await deps.temporal();
  if (input.work === undefined) await endOpenRun(deps, { temporal, followed });
  const { attached, ...run } = await temporal.startStress({ input, taskQueue: settings.taskQueue });
  if (attached) output.say(`run ${input.run} exists: attached to it; what the flags say is not looked at`);
  const webUi = webUiLink(run, { temporalUi: settings.temporalUi, namespace: temporal.namespace });
  const facts = { run: input.run, ...run, ...(webUi !== undefined && { webUi }) };
  if (wait.output === 'table') output.data(renderFacts(facts, output));
  if (!wait.wait) {
    if (wait.output === 'json') output.data(JSON.stringify(facts, undefined, 2));
    return EXIT.done;
  }
  const timeoutMs = wait.timeout;
  const result = await waitForStress(deps, { temporal, run, timeoutMs, logFile }).catch((failure: unknown) =>
    tellOfCancelled(deps, { temporal, run, failure }),
  );
  if (result === undefined) {
    output.say(`not ended in time, the work goes on: holdfast stress --run ${input.run} shows it again`);
    return EXIT.timedOut;
  }
  showResult(deps, { facts, result, format: wait.output });
  return EXIT_OF_OUTCOME[result.outcome];
}

/** A run that still creates is cancelled first; one that cleans up already is attached to. */
async function endOpenRun(
  { output }: CliDependencies,
  { temporal, followed }: { temporal: TemporalAccess; followed: FollowedStress },
): Promise<void> {
  const run = await temporal.openRun(stressWorkflowId(followed.input));
  if (run === undefined) return;
  const { phase } = await temporal.stressState(run.workflowId);
  if (phase === 'CleaningUp') return;
  output.say(`run ${followed.input.run} is going on: it is cancelled first`);
  await temporal.cancelStress(run);
  const deadline = { timeoutMs: followed.wait.timeout };
  try {
    if ((await temporal.stressOutcomeOf(run, deadline)) !== undefined) return;
  } catch (failure) {
    // That it ended without a result is what was asked for.
    if (failure instanceof CliFailure && failure.exitCode === EXIT.failed) return;
    throw failure;
  }
  throw new CliFailure(`run ${followed.input.run} has not ended in time`, { exitCode: EXIT.timedOut });
}

/** A cancelled run has no result, but a report. */
async function tellOfCancelled(
  { output }: CliDependencies,
  { temporal, run, failure }: { temporal: TemporalAccess; run: WorkflowRun; failure: unknown },
): Promise<never> {
  if (failure instanceof CliFailure && failure.exitCode === EXIT.failed) {
    const view = await temporal.stressStatus(run.workflowId).catch(() => undefined);
    if (view?.report !== undefined) output.say(renderStressReport(view.report, { colour: false }));
  }
  throw failure;
}

type Facts = WorkflowRun & { readonly run: string; readonly webUi?: string };

function renderFacts({ run, workflowId, runId, webUi }: Facts, { colour }: { colour: boolean }): string {
  return factList(
    [
      { name: 'RUN', text: run },
      { name: 'WORKFLOW ID', text: workflowId },
      { name: 'RUN ID', text: runId },
      { name: 'WEB UI', text: webUi },
    ],
    { colour },
  );
}

function showResult(
  { output }: CliDependencies,
  { facts, result, format }: { facts: Facts; result: StressResult; format: 'table' | 'json' },
): void {
  const { log: _onlyForTheLogFile, ...shown } = result;
  if (format === 'json') output.data(JSON.stringify({ ...facts, ...shown }, undefined, 2));
  else if (result.report !== undefined) output.data(`\n${renderStressReport(result.report, output)}`);
  output.say(`${result.outcome}: ${result.summary}`);
}
