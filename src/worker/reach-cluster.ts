import { createKubernetesApi, type KubernetesApi } from '../kubernetes/api.js';
import { clusterUidOf } from '../kubernetes/cluster-identity.js';
import type { KubernetesConnection } from '../kubernetes/connection.js';
import { readDocument, type ReadDocument } from '../kubernetes/read-document.js';
import { kindsWithStatusSubresource, removeStatusSubresource } from '../kubernetes/status-subresource.js';
import type { Logger } from '../observability/logger.js';
import { waitFor } from './wait-for.js';

/** The cluster that the roles work for. */
export interface ReachedCluster {
  readonly api: KubernetesApi;
  readonly clusterUid: string;
  readonly kubernetes: KubernetesConnection;
}

export interface ReachClusterOptions {
  readonly kubernetes: KubernetesConnection | undefined;
  readonly logger: Logger;
  /** Aborted when the process is told to end. */
  readonly stopping: AbortSignal;
}

/** @returns `none` where no role asks for one; `undefined` when told to end */
export async function reachCluster(
  options: ReachClusterOptions,
): Promise<ReachedCluster | 'none' | undefined> {
  const { logger, kubernetes, stopping: signal } = options;
  if (kubernetes === undefined) return 'none';
  const api = createKubernetesApi(kubernetes);
  const reach = { logger, signal };
  const clusterUid = await waitFor(() => clusterUidOf(api), {
    ...reach,
    what: `Kubernetes at ${kubernetes.serverUrl}`,
  });
  if (clusterUid === undefined) return undefined;
  const writable = await waitFor(() => assertStatusIsWritten((path) => readDocument(kubernetes, path)), {
    ...reach,
    what: 'CRDs of Backups and Restores',
  });
  return writable && { api, clusterUid, kubernetes };
}

async function assertStatusIsWritten(read: ReadDocument): Promise<true> {
  const lossy = await kindsWithStatusSubresource(read);
  if (lossy.length === 0) return true;
  const kinds = lossy.map(({ kind }) => `${kind}s`).join(' and ');
  const mend = lossy.map(removeStatusSubresource).join('; ');
  throw new Error(`a status subresource, so what is written to ${kinds} would be lost: ${mend}`);
}
