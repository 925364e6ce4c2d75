import type { Gate } from './gate.js';
import { hasStatus, mergePatch, strategicMergePatch, type KubeClient } from './kube-client.js';
import { kubeTime } from './pod-status.js';

/** A kubelet's values: the node is called lost when its Lease is older than the controllers' grace period. */
const LEASE_DURATION_SECONDS = 40;
export const DEFAULT_HEARTBEAT_MS = 10_000;

export interface NodeOptions {
  client: KubeClient;
  nodeName: string;
  /** Where the API server finds the logs of containers. */
  logServerPort: number;
  /** Interval at which the Lease and the status are renewed. */
  heartbeatMs: number;
  /** Shut while the node plays dead. */
  online: Gate;
  onTrouble(failure: unknown): void;
}

/** Registers the node, or takes over its registration, and says that it is ready. */
export async function registerNode(options: NodeOptions): Promise<void> {
  const { client, nodeName } = options;
  const node = { ...nodeObject(nodeName), status: nodeStatus(options) };
  try {
    await client.call({ method: 'POST', path: '/api/v1/nodes', body: node });
  } catch (failure) {
    if (!hasStatus(failure, 409)) throw failure;
    await writeNodeStatus(options);
  }
  await renewLease(options);
}

/** Takes the node out of the cluster; nothing happens when it is not there. */
export async function removeNode({ client, nodeName }: NodeOptions): Promise<void> {
  try {
    await client.call({ method: 'DELETE', path: `/api/v1/nodes/${nodeName}` });
  } catch (failure) {
    if (!hasStatus(failure, 404)) throw failure;
  }
}

export interface Heartbeats {
  beatNow(): void;
  stop(): void;
}

/** Renews the Lease and the status from now on, and at once when asked. */
export function startHeartbeats(options: NodeOptions): Heartbeats {
  const beat = () => {
    if (!options.online.isOpen()) return;
    Promise.all([renewLease(options), writeNodeStatus(options)]).catch(options.onTrouble);
  };
  const timer = setInterval(beat, options.heartbeatMs);
  return { beatNow: beat, stop: () => clearInterval(timer) };
}

function nodeObject(nodeName: string) {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: nodeName,
      labels: {
        'kubernetes.io/hostname': nodeName,
        'kubernetes.io/os': process.platform,
        'holdfast.dev/stand-in': 'node-agent',
      },
      annotations: {
        'holdfast.dev/stand-in':
          'development stand-in for a kubelet: it runs pods as local processes, not as containers',
      },
    },
  };
}

function nodeStatus({ logServerPort }: NodeOptions) {
  const now = kubeTime(new Date());
  const resources = { cpu: '64', memory: '256Gi', pods: '5000', 'ephemeral-storage': '1Ti' };
  return {
    capacity: resources,
    allocatable: resources,
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: logServerPort } },
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'NodeAgentReady',
        message: 'the development node agent is running',
        lastHeartbeatTime: now,
      },
    ],
    nodeInfo: {
      architecture: process.arch,
      bootID: '',
      containerRuntimeVersion: 'local-processes://1',
      kernelVersion: '',
      kubeProxyVersion: '',
      kubeletVersion: 'v1.35.4-holdfast-node-agent',
      machineID: '',
      operatingSystem: process.platform,
      osImage: 'development stand-in',
      systemUUID: '',
    },
  };
}

async function writeNodeStatus(options: NodeOptions): Promise<void> {
  await options.client.call({
    method: 'PATCH',
    path: `/api/v1/nodes/${options.nodeName}/status`,
    body: { status: nodeStatus(options) },
    contentType: strategicMergePatch,
  });
}

async function renewLease({ client, nodeName }: NodeOptions): Promise<void> {
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  // MicroTime: six digits of a second.
  const renewTime = new Date().toISOString().replace('Z', '000Z');
  const spec = { holderIdentity: nodeName, leaseDurationSeconds: LEASE_DURATION_SECONDS, renewTime };
  try {
    await client.call({
      method: 'PATCH',
      path: `${leases}/${nodeName}`,
      body: { spec },
      contentType: mergePatch,
    });
  } catch (failure) {
    if (!hasStatus(failure, 404)) throw failure;
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: nodeName }, spec };
    await client.call({ method: 'POST', path: leases, body });
  }
}
