import { setTimeout as delay } from 'node:timers/promises';
import { cancellationSignal, log } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { DEFAULT_API_RETRY, type ApiRetryPolicy } from '../../domain/api-retry.js';
import { RUN_LABEL } from '../../domain/labels.js';
import type { StressClusterInput } from '../../domain/stress/stress-input.js';
import type { StressCleanup } from '../../domain/stress/stress-result.js';
import { ApiFailure, isConflict } from '../../kubernetes/api-failure.js';
import { listAll } from '../../kubernetes/list-all.js';
import { stressSelector } from '../../kubernetes/objects/stress-object.js';
import { NAMESPACES } from '../../kubernetes/resources.js';
import { retriedCall } from '../../kubernetes/retried-call.js';
import type { StressActivityDependencies } from './dependencies.js';

/** Nobody waits for ever for a namespace that a finalizer holds. */
const GIVE_UP_AFTER_MS = 15 * 60_000;
const LOOK_AGAIN_AFTER_MS = 500;
/** It is a procedure: an API server that is away for minutes must not leave namespaces behind. */
const POLICY: ApiRetryPolicy = { ...DEFAULT_API_RETRY, maxRetries: Infinity };
const REMAINING_SHOWN = 20;

const Namespace = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    labels: z.record(z.string(), z.string()),
    deletionTimestamp: z.string().optional(),
  }),
});
type Namespace = z.infer<typeof Namespace>;

/**
 * Deletes the namespaces that carry the label of this run, each by its UID, and waits until they are gone. No other is
 * touched. What the API server refuses for good ends it: the result says what is left, and why.
 * @throws ApplicationFailure `WorkerStopping` (retried) when this process is told to end
 */
export async function deleteStressNamespaces(
  deps: StressActivityDependencies,
  { run }: StressClusterInput,
): Promise<StressCleanup> {
  const signal = AbortSignal.any([cancellationSignal(), deps.stopping]);
  const giveUpMs = deps.now() + GIVE_UP_AFTER_MS;
  let left: Namespace[] = [];
  try {
    for (;;) {
      left = await call(`list the namespaces of run ${run}`, { deps, signal }, () => namespacesOf(deps, run));
      if (left.length === 0) return { remaining: [] };
      for (const namespace of left) {
        if (namespace.metadata.deletionTimestamp === undefined) await remove(deps, { namespace, signal });
      }
      if (deps.now() >= giveUpMs)
        return leftBehind(left, 'still being deleted: kubectl describe namespace tells why');
      await delay(LOOK_AGAIN_AFTER_MS, undefined, { signal });
    }
  } catch (failure) {
    if (failure instanceof ApiFailure) return leftBehind(left, failure.message);
    if (!signal.aborted) throw failure;
    throw ApplicationFailure.retryable('this worker ends; another one goes on', 'WorkerStopping');
  }
}

async function namespacesOf({ api }: StressActivityDependencies, run: string): Promise<Namespace[]> {
  const found = await listAll(api, NAMESPACES, { labelSelector: stressSelector(run) });
  const namespaces = found.map((item) => Namespace.parse(item));
  // What is deleted here is never left to a selector alone.
  return namespaces.filter(({ metadata }) => metadata.labels[RUN_LABEL] === run);
}

async function remove(
  deps: StressActivityDependencies,
  { namespace, signal }: { namespace: Namespace; signal: AbortSignal },
): Promise<void> {
  const { name, uid } = namespace.metadata;
  try {
    await call(`delete Namespace ${name}`, { deps, signal }, () =>
      deps.api.delete({ resource: NAMESPACES, name }, { uid, propagationPolicy: 'Background' }),
    );
  } catch (failure) {
    // Another object of this name by now, or one that is being deleted already: the next look tells.
    if (!isConflict(failure)) throw failure;
  }
}

async function call<T>(
  operation: string,
  { deps, signal }: { deps: StressActivityDependencies; signal: AbortSignal },
  send: () => Promise<T>,
): Promise<T> {
  const observer = {
    line: (level: 'info' | 'warn' | 'error', text: string) => {
      log[level](text);
    },
    failedAttempt: ({ failure, retried }: { failure: ApiFailure; retried: boolean }) => {
      if (retried) deps.retried(failure);
    },
  };
  return (await retriedCall({ operation, policy: POLICY, observer, signal }, send)).value;
}

function leftBehind(left: readonly Namespace[], failure: string): StressCleanup {
  return { remaining: left.map(({ metadata }) => metadata.name).slice(0, REMAINING_SHOWN), failure };
}
