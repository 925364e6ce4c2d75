import { execa } from 'execa';
import { z } from 'zod';
import { kubectl } from '../../dev/stack/kubectl.js';
import { startStack, type Stack } from '../../dev/stack/stack.js';
import { createKubernetesApi, type KubernetesApi } from '../../src/kubernetes/api.js';
import { loadConnection } from '../../src/kubernetes/connection.js';
import { listAll } from '../../src/kubernetes/list-all.js';
import { NAMESPACES } from '../../src/kubernetes/resources.js';
import { writesOf, type AuditedWrite } from './audit-log.js';
import { waitFor } from './wait-for.js';
import { HOLDFAST, startWorker, type WorkerProcess } from './worker-process.js';

const Named = z.object({ metadata: z.object({ name: z.string() }) });

/** What `holdfast stress -o json` prints, as far as tests look at it. */
export const StressOutput = z.looseObject({
  outcome: z.string(),
  summary: z.string(),
  report: z.looseObject({
    operations: z.number(),
    succeeded: z.number(),
    failed: z.number(),
    withRetries: z.object({ succeeded: z.number(), percent: z.number() }),
    firstAttemptsAlone: z.object({ succeeded: z.number(), percent: z.number() }),
    failedAttempts: z.array(z.object({ reason: z.string(), attempts: z.number() })),
    errors: z.array(z.object({ reason: z.string(), operations: z.number() })),
  }),
});
export type StressOutput = z.infer<typeof StressOutput>;

/** The command while it runs. */
export interface RunningStress {
  readonly ended: Promise<{
    readonly exitCode: number | undefined;
    readonly stdout: string;
    readonly stderr: string;
  }>;
  /** As a power cut does. */
  kill(): void;
}

/** A stack with a three-member etcd and a worker that is slow enough to be interrupted. */
export interface StressWorld {
  readonly stack: Stack;
  readonly worker: WorkerProcess;
  /** As admin. */
  readonly api: KubernetesApi;
  start(args: readonly string[], env?: Readonly<Record<string, string>>): RunningStress;
  /** What the worker has created in namespaces of this prefix, or tried to. */
  creationsIn(prefix: string): Promise<AuditedWrite[]>;
  /** Waits until so many objects have been created in namespaces of this prefix. */
  hasCreated(prefix: string, count: number): Promise<unknown>;
  namespaces(prefix: string): Promise<string[]>;
  kubectl(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

export async function startStressWorld(): Promise<StressWorld> {
  const stack = await startStack({ withNodeAgent: false, controlPlane: { etcdMembers: 3 } });
  try {
    return await openWorld(stack);
  } catch (failure) {
    await stack.stop();
    throw failure;
  }
}

async function openWorld(stack: Stack): Promise<StressWorld> {
  const { controlPlane, group } = stack;
  const slow = { HOLDFAST_KUBE_QPS: '40', HOLDFAST_KUBE_BURST: '10' };
  const worker = await startWorker(group, { name: 'worker', env: { ...stack.env, ...slow } });
  const connection = loadConnection({ kubeconfig: controlPlane.adminKubeconfig });
  const api = createKubernetesApi(connection);
  const creationsIn = async (prefix: string) =>
    (await writesOf(controlPlane.auditLog, 'holdfast-worker')).filter(
      ({ verb, namespace, name }) =>
        verb === 'create' && (namespace.startsWith(prefix) || name.startsWith(prefix)),
    );
  return {
    stack,
    worker,
    api,
    start: (args, env) => startStress(stack, { args, env }),
    creationsIn,
    hasCreated: (prefix, count) =>
      waitFor(`${count} creations in ${prefix}*`, async () => {
        const creations = await creationsIn(prefix);
        return creations.filter(({ code }) => code === 201).length >= count;
      }),
    namespaces: async (prefix) =>
      (await listAll(api, NAMESPACES, {}))
        .map((item) => Named.parse(item).metadata.name)
        .filter((name) => name.startsWith(prefix)),
    kubectl: (...args) => kubectl(controlPlane.adminKubeconfig, args),
    stop: async () => {
      await connection.close();
      await stack.stop();
    },
  };
}

function startStress(
  { env: stackEnv, folder }: Stack,
  { args, env }: { args: readonly string[]; env: Readonly<Record<string, string>> | undefined },
): RunningStress {
  const child = execa(process.execPath, [HOLDFAST, 'stress', ...args], {
    env: { ...stackEnv, HOME: folder, NO_COLOR: '1', ...env },
    extendEnv: false,
    reject: false,
    timeout: 240_000,
  });
  return {
    ended: child.then(({ exitCode, stdout, stderr }) => ({ exitCode, stdout, stderr })),
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}

/** How often each object was created: `ns/name` and the number of its creations that the API server accepted. */
export function acceptedCreations(creations: readonly AuditedWrite[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { resource, namespace, name, code } of creations) {
    const key = `${resource} ${namespace}/${name}`;
    counts.set(key, (counts.get(key) ?? 0) + (code === 201 ? 1 : 0));
  }
  return counts;
}
