import type { StressProgress } from '../../domain/stress/stress-progress.js';
import type { StressResult } from '../../domain/stress/stress-result.js';
import type { CliDependencies } from '../dependencies.js';
import { progressLine } from '../render/stress-progress.js';
import type { TemporalAccess } from '../temporal-access.js';
import type { WorkflowRun } from '../temporal-runs.js';
import type { StressLogFile } from './stress-log-file.js';

const LOOK_AGAIN_AFTER_MS = 1_000;
/** A worker heartbeats every two seconds. */
const SILENT_AFTER_MS = 15_000;

interface Wait {
  readonly temporal: TemporalAccess;
  readonly run: WorkflowRun;
  readonly timeoutMs: number;
  readonly logFile: StressLogFile;
}

/**
 * Shows how a run goes until it has ended; a worker that is away does not end it.
 * @returns `undefined` when it has not ended in time
 * @throws CliFailure (1) when it failed, was cancelled or terminated
 */
export async function waitForStress(
  { output, now, pause }: Pick<CliDependencies, 'output' | 'now' | 'pause'>,
  { temporal, run, timeoutMs, logFile }: Wait,
): Promise<StressResult | undefined> {
  const over = new AbortController();
  const outcome = temporal.stressOutcomeOf(run, { timeoutMs }).finally(() => over.abort());
  outcome.catch(() => undefined); // whoever awaits it below hears of it
  let shown = '';
  let before: StressProgress | undefined;
  while (!over.signal.aborted) {
    const { progress, phase } = await temporal.stressState(run.workflowId);
    if (progress !== undefined) await logFile.take(progress.log);
    const text = textOf({ progress, phase, before, nowMs: now() }) ?? shown;
    if (text !== shown && !over.signal.aborted) output.say(text);
    shown = text;
    before = progress;
    await Promise.race([outcome, pause(LOOK_AGAIN_AFTER_MS)]);
  }
  const result = await outcome;
  if (result?.log !== undefined) await logFile.take(result.log);
  return result;
}

interface Seen {
  readonly progress: StressProgress | undefined;
  readonly phase: string | undefined;
  readonly before: StressProgress | undefined;
  readonly nowMs: number;
}

/** @returns `undefined` where nothing is new */
function textOf({ progress, phase, before, nowMs }: Seen): string | undefined {
  if (phase === 'CleaningUp') return 'deleting the namespaces of the run';
  if (progress === undefined) return 'waiting for a worker';
  if (nowMs - progress.updatedMs >= SILENT_AFTER_MS) return 'no news from a worker for a while';
  return progress.updatedMs === before?.updatedMs ? undefined : progressLine(progress, before);
}
