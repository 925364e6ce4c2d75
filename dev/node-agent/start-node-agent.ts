import { mkdir } from 'node:fs/promises';
import { startControlApi, type FaultControl } from './control-api.js';
import { createFaults } from './faults.js';
import { imageTable, type ImageRule } from './images.js';
import { createKubeClient } from './kube-client.js';
import { readKubeIdentity } from './kube-identity.js';
import { startLogServer } from './log-server.js';
import { createNodeLostSwitch, witnessName } from './node-lost.js';
import { DEFAULT_HEARTBEAT_MS, registerNode, removeNode, startHeartbeats } from './node.js';
import { createPodDesk } from './pod-desk.js';
import { failureText, type PodHost } from './pod-host.js';
import { watchPods } from './pod-watch.js';
import { startReaper } from './reaper.js';

export interface NodeAgentOptions {
  /** Path of a kubeconfig with all rights: the agent plays the kubelet and the scheduler. */
  kubeconfig: string;
  /** Private folder; every pod gets one below it. */
  folder: string;
  /** Default: holdfast-dev-node. */
  nodeName?: string;
  /** Port of the control API; default: a free one. */
  controlPort?: number;
  /** URL at which pods reach the API server; default: the one in the kubeconfig. */
  podApiServer?: string;
  /** Interval of the node's signs of life; default: 10,000. The controllers give a node 50 s by default. */
  heartbeatMs?: number;
  /** What stands for which image; default: `imageTable`. */
  images?: readonly ImageRule[];
  /** Receives what the agent did, one entry per thing. Default: nothing is said. */
  say?: (entry: Readonly<Record<string, unknown>>) => void;
}

export interface NodeAgent {
  nodeName: string;
  /** `http://127.0.0.1:<port>`; see control-api.ts. */
  controlUrl: string;
  /** The same faults without HTTP. */
  faults: FaultControl;
  /** Ends the processes of all pods (their status stays as it is) and everything else that the agent runs. */
  stop(): Promise<void>;
}

/**
 * Starts a stand-in for a kubelet and a scheduler, for development: registers a node, binds every pod to it and runs
 * it as local processes. Resolves when the node is registered and the pods that exist have been seen.
 * @throws when the kubeconfig cannot be read or the API server refuses the node
 */
export async function startNodeAgent(options: NodeAgentOptions): Promise<NodeAgent> {
  const {
    folder,
    nodeName = 'holdfast-dev-node',
    heartbeatMs = DEFAULT_HEARTBEAT_MS,
    say = () => undefined,
  } = options;
  const identity = await readKubeIdentity(options.kubeconfig);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const client = createKubeClient(identity);
  const faults = createFaults();
  const reaper = startReaper();
  const onTrouble = (failure: unknown) => say({ msg: 'API server trouble', error: failureText(failure) });
  const podApi = { server: options.podApiServer ?? identity.server, ca: identity.ca };
  const { online } = faults;
  const host: PodHost = { client, folder, podApi, images: options.images ?? imageTable, online, reaper, say };
  const desk = createPodDesk({ host, faults, nodeName });
  const logServer = await startLogServer(desk.findLog);
  const node = { client, nodeName, logServerPort: logServer.port, heartbeatMs, online, onTrouble };
  await Promise.all([registerNode(node), removeNode({ ...node, nodeName: witnessName(nodeName) })]);
  const heartbeats = startHeartbeats(node);
  const watch = startWatching({ client, desk, onTrouble });
  const nodeLost = createNodeLostSwitch({ node, heartbeats, watch, say });
  const control: FaultControl = {
    oomKill: desk.oomKill,
    hangTermination: ({ namespace, pod, hang }) => faults.hangTermination(`${namespace}/${pod}`, hang),
    nodeLost: nodeLost.set,
  };
  const controlApi = await startControlApi(control, options.controlPort ?? 0);
  await watch.listed;
  const stop = async () => {
    heartbeats.stop();
    nodeLost.stop();
    watch.pause();
    await desk.abandonAll();
    await client.close();
    await Promise.all([logServer.stop(), controlApi.stop()]);
    reaper.release();
  };
  return { nodeName, controlUrl: `http://127.0.0.1:${controlApi.port}`, faults: control, stop };
}

interface Watching {
  client: ReturnType<typeof createKubeClient>;
  desk: ReturnType<typeof createPodDesk>;
  onTrouble(failure: unknown): void;
}

/** The watch, which can be interrupted: it then sees nothing, and begins again with a list. */
function startWatching({ client, desk, onTrouble }: Watching) {
  let abort = new AbortController();
  let firstList: () => void = () => undefined;
  const listed = new Promise<void>((resolve) => {
    firstList = resolve;
  });
  const resume = () => {
    abort = new AbortController();
    const onList: typeof desk.onList = (pods) => {
      desk.onList(pods);
      firstList();
    };
    watchPods({
      client,
      signal: abort.signal,
      onList,
      onPod: desk.onPod,
      onGone: desk.onGone,
      onTrouble,
    }).catch(onTrouble);
  };
  resume();
  return { listed, pause: () => abort.abort(), resume };
}
