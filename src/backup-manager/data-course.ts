import type { BrSummary } from './br-words.js';
import { statusWithWords } from './observed-progress.js';
import { conditionMessage, settle, warnOn, type PodDependencies } from './pod-work.js';
import type { PreparedBr } from './prepare-br.js';
import { runBrData } from './run-br-data.js';
import { NEVER_STOPPED } from './status-writer.js';

export type StatusChange<Status> = (status: Status) => Status;

/** A BR that succeeded. Times are epoch milliseconds. */
export interface FinishedData {
  readonly summary: BrSummary;
  readonly startedMs: number;
  readonly endedMs: number;
}

/** What is particular to a backup or a restore; the course is the same. Times are epoch milliseconds. */
export interface DataCourse<Status extends object> {
  /** For the pod's log: `backup`, `restore`. */
  readonly what: string;
  readonly write: (change: StatusChange<Status>, signal: AbortSignal) => Promise<void>;
  readonly prepare: () => Promise<PreparedBr<readonly string[]> | { readonly failure: string }>;
  /** What is written before BR starts, a write each. */
  readonly begin: (begun: { path: string; startedMs: number }) => readonly StatusChange<Status>[];
  readonly complete: (done: FinishedData) => StatusChange<Status>;
  readonly fail: (failed: { message: string; endedMs: number }) => StatusChange<Status>;
}

/** What has to be written at the end, whatever that is. */
interface CourseEnd<Status> {
  readonly succeeded: boolean;
  readonly change: StatusChange<Status>;
}

/**
 * Runs BR to move data and writes its course: what begins it, its progress, its end.
 * @returns whether BR succeeded
 * @throws StatusOwnerGone or ApiFailure where the status cannot be written
 */
export async function runDataCourse<Status extends object>(
  course: DataCourse<Status>,
  deps: PodDependencies,
): Promise<boolean> {
  const outcome = await settle(deps.stopping, async () => ({ facts: await perform(course, deps) }));
  const end = 'facts' in outcome ? outcome.facts : failed(course, deps, outcome.failure);
  await course.write(end.change, NEVER_STOPPED);
  return end.succeeded;
}

async function perform<Status extends object>(
  course: DataCourse<Status>,
  deps: PodDependencies,
): Promise<CourseEnd<Status>> {
  const { env, output, stopping } = deps;
  const startedMs = Date.now();
  const prepared = await course.prepare();
  if ('failure' in prepared) return failed(course, deps, prepared.failure);
  const { br, commands, path } = prepared;
  for (const change of course.begin({ path, startedMs })) await course.write(change, stopping);
  const { failure, summary, words } = await runBrData({
    path: br,
    args: commands,
    env,
    output,
    stopping,
    warn: warnOn(deps),
    writeProgress: (words, signal) => course.write((status) => statusWithWords(status, words), signal),
  });
  const end =
    failure === undefined
      ? { succeeded: true, change: course.complete({ summary, startedMs, endedMs: Date.now() }) }
      : failed(course, deps, failure);
  return { ...end, change: (status) => end.change(statusWithWords(status, words)) };
}

function failed<Status extends object>(
  course: DataCourse<Status>,
  { output }: PodDependencies,
  failure: string,
): CourseEnd<Status> {
  const message = conditionMessage(failure);
  output.stderr.write(`The ${course.what} failed: ${message}\n`);
  return { succeeded: false, change: course.fail({ message, endedMs: Date.now() }) };
}
