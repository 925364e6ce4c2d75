import type { Pod } from '../../domain/kubernetes/pod.js';
import { redactSecrets } from '../../domain/redact.js';
import { failedContainer } from '../../domain/retry/evidence.js';
import type { KubernetesApi } from '../../kubernetes/api.js';
import { ApiFailure } from '../../kubernetes/api-failure.js';

const TAIL_LINES = 40;
const LIMIT_BYTES = 32_768;
/** A person waits for it. */
const TIMEOUT_MS = 5_000;

/** The end of a container's log without what looks like a secret, or why it cannot be read. */
export type PodLog = { readonly pod: string; readonly text: string } | { readonly unreadable: string };

/** Of the container that failed, else of the pod's only one. */
export async function readPodLog(api: KubernetesApi, pod: Pod): Promise<PodLog> {
  const { namespace, name } = pod.metadata;
  const container = (failedContainer(pod) ?? pod.status?.containerStatuses?.[0])?.name;
  try {
    const text = await api.podLog({
      namespace,
      pod: name,
      ...(container !== undefined && { container }),
      tailLines: TAIL_LINES,
      limitBytes: LIMIT_BYTES,
      timeoutMs: TIMEOUT_MS,
    });
    return text === undefined
      ? { unreadable: `Pod ${name} is gone` }
      : { pod: name, text: redactSecrets(text) };
  } catch (failure) {
    if (!(failure instanceof ApiFailure)) throw failure;
    return { unreadable: failure.message };
  }
}
