import { createKubeClient, mergePatch } from '../../dev/node-agent/kube-client.js';
import { readKubeIdentity } from '../../dev/node-agent/kube-identity.js';
import { createProcessGroup, type ProcessGroup } from '../../dev/processes/process-group.js';
import { startControlPlane, type ControlPlane } from '../../dev/stack/control-plane.js';
import { installBackupNamespace, installHoldfast } from '../../dev/stack/install.js';
import { createKubernetesApi, type KubernetesApi } from '../../src/kubernetes/api.js';
import { clusterUidOf } from '../../src/kubernetes/cluster-identity.js';
import { loadConnection } from '../../src/kubernetes/connection.js';
import { objectPath, type ObjectReference } from '../../src/kubernetes/resources.js';

/** A real control plane with our CRDs and rights, and without nodes: what kubelets would do, the test does. */
export interface ApiServer {
  readonly group: ProcessGroup;
  readonly controlPlane: ControlPlane;
  readonly clusterUid: string;
  /** May do everything. */
  readonly admin: KubernetesApi;
  /** May do what deploy/rbac/worker.yaml says, and no more. */
  readonly worker: KubernetesApi;
  /** Writes through the status subresource, as controllers and kubelets do. */
  writeStatus(reference: ObjectReference, status: object): Promise<void>;
  /** Posts to another subresource, for example `binding`. */
  post(reference: ObjectReference, subresource: string, body: object): Promise<void>;
  stop(): Promise<void>;
}

export async function startApiServer(namespaces: readonly string[]): Promise<ApiServer> {
  const group = await createProcessGroup();
  try {
    return await startIn(group, namespaces);
  } catch (failure) {
    await group.stop();
    throw failure;
  }
}

async function startIn(group: ProcessGroup, namespaces: readonly string[]): Promise<ApiServer> {
  const controlPlane = await startControlPlane(group);
  await installHoldfast(controlPlane);
  for (const namespace of namespaces) await installBackupNamespace(controlPlane, namespace);
  const { adminKubeconfig, stackKubeconfig, contextName } = controlPlane;
  const connections = [
    loadConnection({ kubeconfig: adminKubeconfig }),
    loadConnection({ kubeconfig: stackKubeconfig, context: contextName }),
  ] as const;
  const [admin, worker] = [createKubernetesApi(connections[0]), createKubernetesApi(connections[1])];
  const client = createKubeClient(await readKubeIdentity(adminKubeconfig));
  return {
    group,
    controlPlane,
    clusterUid: await clusterUidOf(worker),
    admin,
    worker,
    writeStatus: async (reference, status) => {
      const path = `${objectPath(reference)}/status`;
      await client.call({ method: 'PATCH', path, body: { status }, contentType: mergePatch });
    },
    post: async (reference, subresource, body) => {
      await client.call({ method: 'POST', path: `${objectPath(reference)}/${subresource}`, body });
    },
    stop: async () => {
      await Promise.all([client.close(), ...connections.map((connection) => connection.close())]);
      await group.stop();
    },
  };
}
