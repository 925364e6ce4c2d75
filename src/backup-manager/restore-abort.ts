import {
  statusWithRestoreCondition,
  type RestoreConditionUpdate,
} from '../domain/replication/restore-status.js';
import { toRfc3339Seconds } from '../domain/time.js';
import { BrRestoreSpec } from './br-restore-spec.js';
import { conditionMessage, settle } from './pod-work.js';
import { prepareBr } from './prepare-br.js';
import { abortArguments } from './restore-arguments.js';
import type { RestoreContext, RestoreOptions } from './restore-data.js';
import { runBr } from './run-br.js';
import { NEVER_STOPPED } from './status-writer.js';

type Condition = Omit<RestoreConditionUpdate, 'now'>;

const STARTED: Condition = {
  type: 'PruneRunning',
  reason: 'PruneJobStarted',
  message: 'Starting cleanup of failed restore',
};
const DONE: Condition = {
  type: 'PruneComplete',
  reason: 'PruneJobComplete',
  message: 'Cleanup of failed restore completed successfully',
};

/**
 * Lets BR remove what a failed restore left behind, and writes PruneRunning, then PruneComplete or PruneFailed, with
 * TiDB Operator's reasons.
 * @returns whether BR succeeded
 * @throws StatusOwnerGone or ApiFailure where the status cannot be written
 */
export async function abortRestore(options: RestoreOptions, context: RestoreContext): Promise<boolean> {
  const { stopping, output } = context;
  const write = (condition: Condition, signal: AbortSignal) =>
    context.write(
      (status) => statusWithRestoreCondition(status, { ...condition, now: toRfc3339Seconds(Date.now()) }),
      signal,
    );
  const outcome = await settle(stopping, async () => {
    await write(STARTED, stopping);
    return { facts: await performAbort(options, context) };
  });
  const end = 'facts' in outcome ? outcome.facts : pruneFailed('BRAbortFailed', outcome.failure);
  if (end.type === 'PruneFailed') output.stderr.write(`The cleanup failed: ${end.message ?? ''}\n`);
  await write(end, NEVER_STOPPED);
  return end.type === 'PruneComplete';
}

async function performAbort(options: RestoreOptions, context: RestoreContext): Promise<Condition> {
  const { restore, env, stopping, output } = context;
  const { namespace } = restore.metadata;
  const prepared = await prepareBr({
    spec: restore.spec,
    schema: BrRestoreSpec,
    env,
    commands: (spec) => abortArguments({ ...options, namespace, spec }),
  });
  if ('failure' in prepared) return pruneFailed('ConstructArgsFailed', prepared.failure);
  let showedUsage = false;
  const onLine = (line: string) => {
    showedUsage ||= line.startsWith('Usage:');
  };
  const { br: path, commands: args } = prepared;
  const { failure } = await runBr({ path, args, env, stopping, output, onLine });
  if (failure !== undefined) return pruneFailed('BRAbortFailed', failure);
  // A BR from before this command prints its help and calls that a success.
  return showedUsage ? pruneFailed('CommandNotFound', 'this BR cannot abort a restore') : DONE;
}

function pruneFailed(reason: string, failure: string): Condition {
  return { type: 'PruneFailed', reason, message: conditionMessage(failure) };
}
