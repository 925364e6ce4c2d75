import { statusWithRestoreCondition } from '../domain/replication/restore-status.js';
import type { Restore, RestoreStatus } from '../domain/replication/restore.js';
import { toRfc3339Seconds } from '../domain/time.js';
import { BrRestoreSpec } from './br-restore-spec.js';
import type { BrSummary } from './br-words.js';
import { finishedRestoreStatus } from './finished-restore.js';
import { statusWithoutProgress, statusWithWords } from './observed-progress.js';
import { conditionMessage, settle, warnOn, type PodDependencies } from './pod-work.js';
import { prepareBr } from './prepare-br.js';
import { restoreArguments } from './restore-arguments.js';
import type { ReplicationArgumentsInput } from './replication-arguments.js';
import { runBrData } from './run-br-data.js';
import { NEVER_STOPPED } from './status-writer.js';
import { isTso } from './start-timestamp.js';

export interface RestoreOptions {
  readonly mode: 'snapshot' | 'pitr';
  readonly pitrRestoredTs?: string | undefined;
  readonly clusterTls: boolean;
  readonly replication?: ReplicationArgumentsInput | undefined;
}

type StatusChange = (status: RestoreStatus) => RestoreStatus;

export interface RestoreContext extends PodDependencies {
  readonly restore: Restore;
  /** Brings the status to what `change` makes of it; in the first half of a replication restore it writes nothing. */
  readonly write: (change: StatusChange, signal: AbortSignal) => Promise<void>;
}

/** What has to be written at the end, whatever that is. */
interface RestoreEnd {
  readonly succeeded: boolean;
  readonly change: StatusChange;
}

/**
 * Runs BR for a Restore and writes its course: Running, then Complete or Failed.
 * @returns whether BR succeeded
 * @throws StatusOwnerGone or ApiFailure where the status cannot be written
 */
export async function restoreData(options: RestoreOptions, context: RestoreContext): Promise<boolean> {
  const { stopping, write } = context;
  const outcome = await settle(stopping, async () => ({ facts: await perform(options, context) }));
  const end = 'facts' in outcome ? outcome.facts : failed(context, outcome.failure);
  await write(end.change, NEVER_STOPPED);
  return end.succeeded;
}

async function perform(options: RestoreOptions, context: RestoreContext): Promise<RestoreEnd> {
  const { restore, write, stopping, env, output } = context;
  const startedMs = Date.now();
  const { namespace } = restore.metadata;
  const prepared = await prepareBr({
    spec: restore.spec,
    schema: BrRestoreSpec,
    env,
    commands: (spec) => restoreArguments({ ...options, namespace, spec }),
  });
  if ('failure' in prepared) return failed(context, prepared.failure);
  const running = { type: 'Running', now: toRfc3339Seconds(startedMs) } as const;
  await write((status) => statusWithRestoreCondition(statusWithoutProgress(status), running), stopping);
  const { failure, summary, words } = await runBrData({
    path: prepared.br,
    args: prepared.commands,
    env,
    stopping,
    output,
    warn: warnOn(context),
    writeProgress: (words, signal) => write((status) => statusWithWords(status, words), signal),
  });
  const end = failure === undefined ? complete(options, { summary, startedMs }) : failed(context, failure);
  return { ...end, change: (status) => end.change(statusWithWords(status, words)) };
}

function complete(
  options: RestoreOptions,
  { summary, startedMs }: { summary: BrSummary; startedMs: number },
): RestoreEnd {
  const finished = { commitTs: commitTsOf(options, summary), startedMs, endedMs: Date.now() };
  return { succeeded: true, change: (status) => finishedRestoreStatus(status, finished) };
}

/** Up to when the data goes: BR's word, else what was asked for. TiDB Operator reads the file of the full backup. */
function commitTsOf({ mode, pitrRestoredTs }: RestoreOptions, summary: BrSummary): string | undefined {
  if (mode === 'snapshot') return summary.backupTs;
  return summary.restoredTo ?? (isTso(pitrRestoredTs) ? pitrRestoredTs : undefined);
}

const FAILED_REASON = 'RestoreDataFromRemoteFailed';

/**
 * With `spec.backoffLimit` Kubernetes may start the pod again: Failed, which is final, is then the Job's to say, and
 * the reason stands in condition Running until the next pod runs.
 */
function failed({ restore, output }: RestoreContext, failure: string): RestoreEnd {
  const message = conditionMessage(failure);
  output.stderr.write(`The restore failed: ${message}\n`);
  const mayRunAgain =
    (BrRestoreSpec.shape.backoffLimit.safeParse(restore.spec['backoffLimit']).data ?? 0) > 0;
  const type = mayRunAgain ? 'Running' : 'Failed';
  const update = { type, reason: FAILED_REASON, message, now: toRfc3339Seconds(Date.now()) } as const;
  return { succeeded: false, change: (status) => statusWithRestoreCondition(status, update) };
}
