import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { holdfastCommand, startWorker } from '../../dev/demo/demo-worker.js';
import { waitUntil } from '../../dev/processes/readiness.js';
import { kubectl } from '../../dev/stack/kubectl.js';
import { startStack, type Stack } from '../../dev/stack/stack.js';
import { stressWorkFrom } from '../../src/cli/commands/stress-options.js';
import { operationAt, planStress } from '../../src/domain/stress/stress-plan.js';
import { stressObject } from '../../src/kubernetes/objects/stress-object.js';
import { readWrites, succeeded } from '../audit-log.js';
import type { BenchmarkOptions } from '../benchmark.js';

/** Of 21 operations each; without Services, because the stack has no more than 254 addresses for them. */
const TOTAL_NAMESPACES = 20;
export const CONCURRENCY = 50;

/** What one way of creating the same objects came to. */
export interface Creation {
  readonly operations: number;
  readonly succeeded: number;
  /** Operations whose first attempt succeeded; of a way without retry as many as succeeded. */
  readonly firstAttempts: number;
  readonly durationMs: number;
  /** Attempts that failed; of a loop without retry as many as operations. */
  readonly failedAttempts: number;
  /** In the API server's words; absent where nothing failed, or nobody kept it. */
  readonly firstFailure?: string | undefined;
}

export interface StressBenchWorld {
  readonly stack: Stack;
  /** Every object of one way, under a prefix of its own. */
  objects(prefix: string): object[];
  /** `holdfast stress` with the worker, the command's own start left out. */
  stress(prefix: string, maxRetries: number): Promise<Creation>;
  /** One `kubectl create -f` of all of them. */
  kubectlCreate(prefix: string): Promise<Creation>;
  /** Resolves when so many ConfigMaps more have been created than there are now. */
  untilConfigMaps(count: number): Promise<void>;
}

/** `holdfast stress -o json`. */
const Output = z.object({
  report: z.object({
    operations: z.number(),
    succeeded: z.number(),
    firstAttemptsAlone: z.object({ succeeded: z.number() }),
    durationMs: z.number(),
    failedAttempts: z.array(z.object({ attempts: z.number() })),
    failures: z.array(z.object({ operation: z.string(), message: z.string() })),
  }),
});

/** @throws Error with the end of the log of the server that did not start */
export async function openStressBenchWorld({ group, say }: BenchmarkOptions): Promise<StressBenchWorld> {
  const stack = await startStack({
    group,
    progress: say,
    withNodeAgent: false,
    controlPlane: { etcdMembers: 3 },
  });
  say('starting the Holdfast worker');
  // Its bound on requests would be what is measured.
  await startWorker(stack, { env: { HOLDFAST_KUBE_QPS: '10000', HOLDFAST_KUBE_BURST: '10000' } });
  return {
    stack,
    objects,
    stress: (prefix, maxRetries) => stress(stack, { prefix, maxRetries }),
    kubectlCreate: (prefix) => kubectlCreate(stack, prefix),
    untilConfigMaps: async (count) => {
      const before = await createdConfigMaps(stack);
      await waitUntil({
        what: `${count} ConfigMaps were not created`,
        timeoutMs: 60_000,
        attempt: async () => (await createdConfigMaps(stack)) >= before + count,
      });
    },
  };
}

/** Those of all ways so far; the root CA that Kubernetes puts into each namespace is none of them. */
async function createdConfigMaps({ controlPlane }: Stack): Promise<number> {
  const writes = await readWrites(controlPlane.auditLog);
  return writes.filter(
    (write) =>
      write.verb === 'create' &&
      write.resource === 'configmaps' &&
      write.name.startsWith('deploy-') &&
      succeeded(write),
  ).length;
}

function objects(prefix: string): object[] {
  const work = stressWorkFrom({
    prefix,
    totalNamespaces: TOTAL_NAMESPACES,
    deployments: 3,
    configmaps: 2,
    secrets: 2,
    services: 0,
    statefulsets: 1,
    buildJobs: 3,
    replicas: 0,
    image: 'registry.k8s.io/pause:3.10',
    maxConcurrentOperations: CONCURRENCY,
    maxRetries: 0,
    initialBackoff: 2_000,
  });
  const plan = planStress(work);
  return Array.from({ length: plan.operations }, (_, index) => {
    const operation = operationAt(plan, index);
    return stressObject({ run: 'bench', operation, work, failedAttempts: 0 }).body;
  });
}

async function stress(
  { env, folder }: Stack,
  { prefix, maxRetries }: { prefix: string; maxRetries: number },
): Promise<Creation> {
  const flags =
    `--prefix ${prefix} --total-namespaces ${TOTAL_NAMESPACES} --services 0 --keep -o json ` +
    `--max-concurrent ${CONCURRENCY} --max-retries ${maxRetries}`;
  const [program, args] = holdfastCommand(['stress', ...flags.split(' ')]);
  const { stdout } = await execa(program, args, {
    env: { ...env, HOME: folder },
    extendEnv: false,
    reject: false,
  });
  const { report } = Output.parse(JSON.parse(stdout));
  const failedAttempts = report.failedAttempts.reduce((sum, { attempts }) => sum + attempts, 0);
  const [first] = report.failures;
  return {
    ...report,
    firstAttempts: report.firstAttemptsAlone.succeeded,
    failedAttempts,
    firstFailure: first && `${first.operation}: ${first.message}`,
  };
}

async function kubectlCreate({ folder, controlPlane }: Stack, prefix: string): Promise<Creation> {
  const items = objects(prefix);
  const file = join(folder, `${prefix}objects.json`);
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const startedMs = performance.now();
  await kubectl(controlPlane.adminKubeconfig, ['create', '-f', file]);
  const durationMs = performance.now() - startedMs;
  const all = items.length;
  return { operations: all, succeeded: all, firstAttempts: all, durationMs, failedAttempts: 0 };
}
