import { z } from 'zod';
import type { KubernetesApi } from './api.js';
import { ApiFailure } from './api-failure.js';
import { NAMESPACES } from './resources.js';

const Namespace = z.object({ metadata: z.object({ uid: z.string() }) });

/** UID of the namespace kube-system: it tells this cluster from every other one. */
export async function clusterUidOf(api: KubernetesApi): Promise<string> {
  const namespace = await api.get({ resource: NAMESPACES, name: 'kube-system' });
  if (namespace === undefined) {
    throw new ApiFailure({
      operation: 'get Namespace kube-system',
      status: 404,
      message: 'it does not exist',
    });
  }
  return Namespace.parse(namespace).metadata.uid;
}
