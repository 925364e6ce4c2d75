import { setTimeout as delay } from 'node:timers/promises';
import type { Job } from '../domain/kubernetes/job.js';
import type { KubernetesApi } from './api.js';
import { ApiFailure } from './api-failure.js';
import type { JobDeletions } from './job-deletions.js';
import { findJob } from './jobs.js';
import { JOBS } from './resources.js';
import { watchEvents } from './watch-stream.js';

/** Before the next try, where reads succeed and watches fail. */
const PAUSE_MS = 250;
/**
 * A Job whose pods have ended goes within some 50 ms. A few looks cost less than a watch: it holds a connection, and
 * leaving it costs the next one a handshake.
 */
const FIRST_LOOKS_AFTER_MS = [30, 60, 120, 240];
/** Where the watch of this process tells of deletions, a look is only for what it may have missed. */
const FIRST_LOOKS_WHERE_TOLD_MS = [2_000];
const WATCH_OPERATION = 'watch the Job that is being deleted';

/**
 * Waits until the Job that was read is gone; deleted in the foreground, it goes after its pods.
 * @param wait `deletions` where the watch may run in this process
 * @returns false when it is still there after `timeoutMs`.
 */
export async function waitUntilGone(
  api: KubernetesApi,
  wait: { job: Job; timeoutMs: number; deletions?: JobDeletions | undefined },
): Promise<boolean> {
  const { job, timeoutMs, deletions } = wait;
  const { namespace, name, uid } = job.metadata;
  const deadline = AbortSignal.timeout(timeoutMs);
  const firstLooks = deletions?.told() === true ? FIRST_LOOKS_WHERE_TOLD_MS : FIRST_LOOKS_AFTER_MS;
  for (let looks = 0; ; looks += 1) {
    const pauseMs = firstLooks[looks];
    if (pauseMs !== undefined) {
      if (deletions === undefined) await delay(pauseMs);
      else if (await deletions.within(uid, pauseMs)) return true;
    }
    const found = await findJob(api, { namespace, name });
    if (found?.metadata.uid !== uid) return true;
    if (deadline.aborted) return false;
    if (pauseMs !== undefined) continue;
    const { resourceVersion } = found.metadata;
    if (await seesDeletion(api, { namespace, name, uid, resourceVersion, deadline })) return true;
  }
}

interface DeletionWatch {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly deadline: AbortSignal;
}

async function seesDeletion(api: KubernetesApi, watch: DeletionWatch): Promise<boolean> {
  const { namespace, name, uid, resourceVersion, deadline } = watch;
  const query = { namespace, fieldSelector: `metadata.name=${name}`, resourceVersion, timeoutSeconds: 60 };
  try {
    const stream = await api.openWatch(JOBS, query, deadline);
    for await (const event of watchEvents(stream, WATCH_OPERATION)) {
      if (event.type === 'DELETED' && uidOf(event.object) === uid) return true;
    }
  } catch (failure) {
    // A broken or expired watch says nothing: the next live read does. Anything else is the caller's.
    if (!(failure instanceof ApiFailure) || !(failure.retryable || failure.status === 410)) throw failure;
    await delay(Math.max(PAUSE_MS, failure.retryAfterMs ?? 0));
  }
  return false;
}

function uidOf(object: object): unknown {
  const metadata: unknown = 'metadata' in object ? object.metadata : undefined;
  return typeof metadata === 'object' && metadata !== null && 'uid' in metadata ? metadata.uid : undefined;
}
