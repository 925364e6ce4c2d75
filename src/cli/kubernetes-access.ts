import { createKubernetesApi, type KubernetesApi } from '../kubernetes/api.js';
import { loadConnection, type KubernetesConnection } from '../kubernetes/connection.js';
import { readDocument, type ReadDocument } from '../kubernetes/read-document.js';
import { callOnce, retryCarrier } from '../kubernetes/retried-call.js';
import { CliFailure } from './cli-failure.js';
import { EXIT } from './exit-codes.js';
import type { CliSettings } from './settings.js';

/** One cluster, for reading: every change goes through a workflow. */
export interface KubernetesAccess {
  readonly api: KubernetesApi;
  readonly serverUrl: string;
  /** Its name in workflow ids and task queues; `undefined` where neither a setting nor a context gives one. */
  readonly cluster: string | undefined;
  /** Of the kubeconfig; `undefined` in a pod. */
  readonly contextName: string | undefined;
  /** A document outside the resource paths, such as `/version`. */
  readonly readDocument: ReadDocument;
  readonly close: () => Promise<void>;
}

export interface KubernetesOptions {
  /** False: each call is made once, for whoever asks whether the API server answers now. Default: true. */
  readonly retried?: boolean;
}

/**
 * @param how `say`: where the lines of repeated calls go
 * @throws CliFailure (2) naming what is wrong with the kubeconfig
 */
export async function openKubernetes(
  settings: CliSettings,
  { say, retried = true }: KubernetesOptions & { readonly say: (line: string) => void },
): Promise<KubernetesAccess> {
  const connection = await connect(settings);
  const observer = { line: (_level: string, text: string) => say(text) };
  const carrier = retried ? retryCarrier({ policy: settings.apiRetry, observer }) : callOnce;
  return {
    api: createKubernetesApi(connection, carrier),
    serverUrl: connection.serverUrl,
    cluster: settings.cluster ?? connection.contextName,
    contextName: connection.contextName,
    readDocument: (path) => readDocument(connection, path, carrier),
    close: () => connection.close(),
  };
}

async function connect({ kubeconfig, kubeContext }: CliSettings): Promise<KubernetesConnection> {
  try {
    const connection = loadConnection({ kubeconfig, context: kubeContext });
    // Some mistakes, such as a credential program that is missing, show only when credentials are asked for.
    await connection.credentials();
    return connection;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `the kubeconfig cannot be used (KUBECONFIG, --kubeconfig, --context): ${reason}`;
    throw new CliFailure(message, { exitCode: EXIT.usage, cause });
  }
}

/** @throws CliFailure (2): ids and queues need the name, and nothing gives one */
export function requireCluster({ cluster, serverUrl }: KubernetesAccess): string {
  if (cluster !== undefined) return cluster;
  const message = `the cluster at ${serverUrl} has no name: set HOLDFAST_CLUSTER or --cluster to what its worker uses`;
  throw new CliFailure(message, { exitCode: EXIT.usage });
}
