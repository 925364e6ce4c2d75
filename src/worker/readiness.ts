import type { NativeConnection, Worker } from '@temporalio/worker';
import type { KubernetesApi } from '../kubernetes/api.js';
import { clusterUidOf } from '../kubernetes/cluster-identity.js';

/** A probe must answer before its own time-out, which is often one second. */
const PROBE_TIMEOUT_MS = 900;

interface Servers {
  /** `undefined`: no role asks for it. */
  readonly api: KubernetesApi | undefined;
  readonly connection: NativeConnection;
}

/**
 * What `/readyz` asks: its servers answer, and this process polls its queues.
 * @param needed the servers that the roles ask for, as people are told of them
 */
export function readiness(needed: readonly string[]) {
  let servers: Servers | undefined;
  let workers: readonly Worker[] = [];
  return {
    watch: (reached: Servers): void => {
      servers = reached;
    },
    watchWorkers: (created: readonly Worker[]): void => {
      workers = created;
    },
    missing: async (): Promise<string[]> => {
      if (servers === undefined) return [`waiting for ${needed.join(' and ')}`];
      const [kubernetes, temporal] = await Promise.all([
        servers.api === undefined || answers(clusterUidOf(servers.api)),
        answers(servers.connection.workflowService.getSystemInfo({})),
      ]);
      const polling = workers.length > 0 && workers.every((worker) => worker.getState() === 'RUNNING');
      return [
        ...(kubernetes ? [] : ['the Kubernetes API does not answer']),
        ...(temporal ? [] : ['Temporal does not answer']),
        ...(polling ? [] : ['not polling its task queues']),
      ];
    },
  };
}

async function answers(question: Promise<unknown>): Promise<boolean> {
  const late = new Promise<false>((resolve) => {
    setTimeout(() => resolve(false), PROBE_TIMEOUT_MS).unref();
  });
  return Promise.race([question.then(() => true).catch(() => false), late]);
}
