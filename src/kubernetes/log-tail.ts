import type { Pod } from '../domain/kubernetes/pod.js';
import { failedContainer } from '../domain/retry/evidence.js';
import type { KubernetesApi } from './api.js';
import { ApiFailure } from './api-failure.js';

/** Reading a log never delays what waits for it by more. */
const LOG_TIMEOUT_MS = 200;
const LOG_TAIL_LINES = 50;
const LOG_LIMIT_BYTES = 16_384;

/** The last lines of the container that failed, as they were printed; `undefined` where nobody hands them out. */
export async function readLogTail(api: KubernetesApi, pod: Pod): Promise<string | undefined> {
  const container = failedContainer(pod)?.name;
  try {
    return await api.podLog({
      namespace: pod.metadata.namespace,
      pod: pod.metadata.name,
      ...(container !== undefined && { container }),
      tailLines: LOG_TAIL_LINES,
      limitBytes: LOG_LIMIT_BYTES,
      timeoutMs: LOG_TIMEOUT_MS,
    });
  } catch (failure) {
    // The log is a bonus: a kubelet that is slow or gone must not keep anybody waiting.
    if (failure instanceof ApiFailure) return undefined;
    throw failure;
  }
}
