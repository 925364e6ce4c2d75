import { join } from 'node:path';
import { startWorker } from '../../dev/demo/demo-worker.js';
import { createKubeClient, hasStatus, type KubeClient } from '../../dev/node-agent/kube-client.js';
import { readKubeIdentity } from '../../dev/node-agent/kube-identity.js';
import { startHoldProxy, type HoldProxy } from '../../dev/hold-proxy/start-hold-proxy.js';
import type { ProcessGroup } from '../../dev/processes/process-group.js';
import { waitUntil } from '../../dev/processes/readiness.js';
import { startStack, type Stack } from '../../dev/stack/stack.js';
import { NAMESPACE, PREREQUISITES } from '../retry/manifests.js';
import { crashBackupManifest } from './crash-manifests.js';
import { readEtcdHistory, type EtcdHistory } from './etcd-history.js';
import { READABLE_ETCD } from './etcd-watch.js';
import type { PlannedIncident } from './incident-plan.js';

export interface CrashWorldOptions {
  /** The built `holdfast` that is tried, a path of its main.js. */
  readonly program: string;
  /** Default: a new one, which `stop` ends. */
  readonly group?: ProcessGroup;
  readonly say?: (line: string) => void;
}

/** The whole local stack with a real worker behind the hold proxy, and its complete history. */
export interface CrashWorld {
  readonly stack: Stack;
  readonly proxy: HoldProxy;
  readonly history: EtcdHistory;
  /** Creates the Backup; goes on while the API server is away. */
  begin(incident: PlannedIncident): Promise<void>;
  stop(): Promise<void>;
}

const CREATION_TIMEOUT_MS = 60_000;

/** @throws Error with the end of the log of the server that did not start; nothing runs then */
export async function openCrashWorld({ program, group, say }: CrashWorldOptions): Promise<CrashWorld> {
  const stack = await startStack({
    ...(group !== undefined && { group }),
    ...(say !== undefined && { progress: say }),
    // The whole history is read from etcd at the end.
    controlPlane: {
      apiServerArgs: READABLE_ETCD,
    },
  });
  try {
    return await furnish(stack, program);
  } catch (failure) {
    await stack.stop();
    throw failure;
  }
}

async function furnish(stack: Stack, program: string): Promise<CrashWorld> {
  const etcd = stack.group.status().find(({ name }) => name === 'etcd')?.address ?? '';
  const history = readEtcdHistory({ url: etcd, namespace: NAMESPACE });
  const client = createKubeClient(await readKubeIdentity(stack.controlPlane.adminKubeconfig));
  const clusters = `/apis/pingcap.com/v1alpha1/namespaces/${NAMESPACE}/tidbclusters`;
  await client.call({ method: 'POST', path: clusters, body: PREREQUISITES.cluster });
  const secrets = `/api/v1/namespaces/${NAMESPACE}/secrets`;
  await client.call({ method: 'POST', path: secrets, body: PREREQUISITES.secret });
  const kubeconfig = await stack.controlPlane.kubeconfigFor({ user: 'holdfast-worker' });
  const proxy = await startHoldProxy({ kubeconfig, folder: join(stack.folder, 'proxy') });
  await startWorker(stack, { program, env: { KUBECONFIG: proxy.kubeconfig } });
  return {
    stack,
    proxy,
    history,
    begin: (incident) => create(client, incident),
    stop: async () => {
      await Promise.all([history.stop(), proxy.stop(), client.close()]);
      await stack.stop();
    },
  };
}

async function create(client: KubeClient, incident: PlannedIncident): Promise<void> {
  const path = `/apis/pingcap.com/v1alpha1/namespaces/${NAMESPACE}/backups`;
  await waitUntil({
    what: `Backup ${incident.name} was not created`,
    timeoutMs: CREATION_TIMEOUT_MS,
    attempt: async () => {
      try {
        await client.call({ method: 'POST', path, body: crashBackupManifest(incident) });
      } catch (failure) {
        if (!hasStatus(failure, 409)) throw failure; // created before, and we were not told
      }
      return true;
    },
  });
}
