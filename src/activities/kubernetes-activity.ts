import { ApplicationFailure } from '@temporalio/common';
import { activityInfo, heartbeat } from '@temporalio/activity';
import { ZodError, type z } from 'zod';
import { apiBackoffMs, ENDLESS_API_RETRY } from '../domain/api-retry.js';
import { ApiFailure } from '../kubernetes/api-failure.js';

/** Well below the heartbeat time-out, so that a dead worker is noticed soon and a busy one is not. */
const HEARTBEAT_INTERVAL_MS = 1_000;

interface ClusterBound {
  readonly cluster: string;
  readonly clusterUid: string;
}

/** What the heartbeats carry from now on: read at each of them. */
export type ShowDetails = (details: () => unknown) => void;

/**
 * Makes an activity of one Kubernetes intention: parses the input, refuses another cluster's work, heartbeats while it
 * runs, and translates a failed call into the retry that it deserves.
 * @throws ApplicationFailure `InvalidInput` and `WrongCluster` (not retried), `UnreadableObject` (not retried),
 * `KubernetesApi` (by its own word).
 */
export function kubernetesActivity<Input extends ClusterBound, Output>(
  { input, clusterUid }: { input: z.ZodType<Input>; clusterUid: string },
  run: (input: Input, show: ShowDetails) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return async (received) => {
    const parsed = input.safeParse(received);
    if (!parsed.success) throw ApplicationFailure.nonRetryable(parsed.error.message, 'InvalidInput');
    assertCluster(parsed.data, clusterUid);
    const { heartbeatDetails } = activityInfo();
    // What the attempt before left must outlive this one: a beat without details would wipe it out.
    let details: () => unknown = () => heartbeatDetails;
    const beat = setInterval(() => heartbeat(details()), HEARTBEAT_INTERVAL_MS);
    try {
      return await run(parsed.data, (shown) => (details = shown));
    } catch (failure) {
      throw translated(failure);
    } finally {
      clearInterval(beat);
    }
  };
}

function assertCluster({ cluster, clusterUid }: ClusterBound, ours: string): void {
  if (clusterUid === ours) return;
  throw ApplicationFailure.nonRetryable(
    `this worker serves the cluster whose kube-system has UID ${ours}, the work is for ${cluster} (${clusterUid}): ` +
      'check KUBECONFIG and HOLDFAST_CLUSTER of the workers on this queue',
    'WrongCluster',
  );
}

/** The API server will never take this request: repeating it would only hide that. */
const REFUSED_FOR_GOOD = new Set([400, 413, 422]);

/**
 * A procedure does not give up: rights can be granted, a quota raised, a CRD installed while it waits, and the pending
 * activity shows the message meanwhile.
 */
function translated(failure: unknown): unknown {
  if (failure instanceof ZodError) {
    // An object that we cannot read does not become readable by reading it again.
    return ApplicationFailure.nonRetryable(
      `an object has an unexpected shape: ${failure.message}`,
      'UnreadableObject',
    );
  }
  if (!(failure instanceof ApiFailure)) return failure;
  return ApplicationFailure.create({
    message: failure.message,
    type: 'KubernetesApi',
    nonRetryable: !failure.retryable && REFUSED_FOR_GOOD.has(failure.status ?? 0),
    cause: failure,
    ...(failure.retryAfterMs !== undefined && {
      nextRetryDelay: apiBackoffMs(ENDLESS_API_RETRY, activityInfo().attempt, failure.retryAfterMs),
    }),
  });
}
