import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { z } from 'zod';
import { ensureBinaries } from '../../dev/binaries/ensure-binaries.js';
import {
  createKubeClient,
  hasStatus,
  type KubeCall,
  type KubeClient,
} from '../../dev/node-agent/kube-client.js';
import { readKubeIdentity } from '../../dev/node-agent/kube-identity.js';
import { createProcessGroup, type ProcessGroup } from '../../dev/processes/process-group.js';
import { logLineReady, waitUntil } from '../../dev/processes/readiness.js';
import { startControlPlane, type ControlPlane } from '../../dev/stack/control-plane.js';

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

const Terminated = z.object({ exitCode: z.number(), reason: z.string() });
const Waiting = z.object({ reason: z.string(), message: z.string().optional() });
const ContainerStatus = z.object({
  name: z.string(),
  restartCount: z.number(),
  state: z.object({ terminated: Terminated.optional(), waiting: Waiting.optional() }),
});
const SeenPod = z.object({
  metadata: z.object({ name: z.string(), uid: z.string(), deletionTimestamp: z.string().optional() }),
  status: z.object({ phase: z.string(), containerStatuses: z.array(ContainerStatus).default([]) }),
});
export type SeenPod = z.infer<typeof SeenPod>;
const PodList = z.object({ items: z.array(SeenPod) });
const SeenJob = z.object({
  metadata: z.object({ uid: z.string() }),
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) }),
});

/** A control plane with the node agent, as the local stack runs it. */
export interface World {
  group: ProcessGroup;
  controlPlane: ControlPlane;
  client: KubeClient;
  call(call: KubeCall): Promise<unknown>;
  /** The agent's faults; resolves to the status code. */
  fault(name: string, body: object): Promise<number>;
  kubectl(...args: string[]): Promise<{ stdout: string; stderr: string; exitCode: number | undefined }>;
  /** Creates a Job of one pod whose container runs node with these arguments. */
  createJob(job: JobInput): Promise<void>;
  createObject(path: string, object: object): Promise<void>;
  /** The types of the Job's conditions that hold; undefined when there is no such Job. */
  jobConditions(name: string): Promise<string[] | undefined>;
  podOf(job: string): Promise<SeenPod | undefined>;
  stop(): Promise<void>;
}

export interface JobInput {
  name: string;
  args: readonly string[];
  image?: string;
  podLabels?: Readonly<Record<string, string>>;
  podAnnotations?: Readonly<Record<string, string>>;
  /** Merged into the pod's spec. */
  podSpec?: object;
  /** Merged into the container. */
  container?: object;
}

const jobs = '/apis/batch/v1/namespaces/default/jobs';

export async function startWorld(): Promise<World> {
  const group = await createProcessGroup();
  try {
    return await startIn(group);
  } catch (failure) {
    await group.stop();
    throw failure;
  }
}

async function startIn(group: ProcessGroup): Promise<World> {
  const controllerManagerArgs = ['--node-monitor-period=1s', '--node-monitor-grace-period=5s'];
  const controlPlane = await startControlPlane(group, { controllerManagerArgs });
  await startAgent(group, controlPlane);
  const { kubectl: kubectlPath } = await ensureBinaries(['kubectl'], { progress: () => undefined });
  const client = createKubeClient(await readKubeIdentity(controlPlane.adminKubeconfig));
  const call = (request: KubeCall) => client.call(request);
  return {
    group,
    controlPlane,
    client,
    call,
    fault: (name, body) => postFault(group, name, body),
    kubectl: async (...args) => {
      const env = { KUBECONFIG: controlPlane.adminKubeconfig };
      const { stdout, stderr, exitCode } = await execa(kubectlPath, args, { reject: false, env });
      return { stdout, stderr, exitCode };
    },
    createJob: async (input) => {
      await call({ method: 'POST', path: jobs, body: jobObject(input) });
    },
    createObject: async (path, body) => {
      await call({ method: 'POST', path, body });
    },
    jobConditions: async (name) => await jobConditions(client, name),
    podOf: async (job) => {
      const query = new URLSearchParams({ labelSelector: `batch.kubernetes.io/job-name=${job}` });
      const list = PodList.parse(
        await call({ method: 'GET', path: `/api/v1/namespaces/default/pods?${query.toString()}` }),
      );
      return list.items[0];
    },
    stop: async () => {
      await client.close();
      await group.stop();
    },
  };
}

async function startAgent(group: ProcessGroup, controlPlane: ControlPlane): Promise<void> {
  const kubeconfig = await controlPlane.kubeconfigFor({
    user: 'holdfast-node-agent',
    groups: ['system:masters'],
  });
  await group.start({
    name: 'node-agent',
    command: process.execPath,
    // prettier-ignore
    args: [
      '--import', 'tsx', path.join(repository, 'dev', 'node-agent', 'main.ts'),
      '--kubeconfig', kubeconfig, '--folder', path.join(group.folder, 'node-agent'), '--heartbeat-ms', '1000',
    ],
    cwd: repository,
    ready: logLineReady(/^ready /m),
  });
}

async function postFault(group: ProcessGroup, name: string, body: object): Promise<number> {
  const log = await readFile(group.logFile('node-agent'), 'utf8');
  const url = [...log.matchAll(/^ready .*control=(\S+)$/gm)].at(-1)?.[1];
  const answer = await fetch(`${url}/faults/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer.status;
}

function jobObject(input: JobInput): object {
  const {
    name,
    args,
    image = 'holdfast.dev/node-script:1',
    podLabels,
    podAnnotations,
    podSpec,
    container,
  } = input;
  const template = {
    metadata: { labels: podLabels ?? {}, annotations: podAnnotations ?? {} },
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image, args, ...container }], ...podSpec },
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { backoffLimit: 0, template },
  };
}

async function jobConditions(client: KubeClient, name: string): Promise<string[] | undefined> {
  try {
    const job = SeenJob.parse(await client.call({ method: 'GET', path: `${jobs}/${name}` }));
    return job.status.conditions.filter(({ status }) => status === 'True').map(({ type }) => type);
  } catch (failure) {
    if (hasStatus(failure, 404)) return undefined;
    throw failure;
  }
}

/** Waits until the attempt gives a value. @throws when 20 s have passed. */
export async function eventually<T>(what: string, attempt: () => Promise<T | undefined | false>): Promise<T> {
  let found: T | undefined;
  await waitUntil({
    what,
    timeoutMs: 20_000,
    intervalMs: 20,
    attempt: async () => {
      const value = await attempt();
      if (value === undefined || value === false) return false;
      found = value;
      return true;
    },
  });
  if (found === undefined) throw new Error(what);
  return found;
}
