import { Client, Connection } from '@temporalio/client';
import { startWorker } from '../dev/demo/demo-worker.js';
import { startStack, type Stack } from '../dev/stack/stack.js';
import { createKubernetesApi, type KubernetesApi } from '../src/kubernetes/api.js';
import { loadConnection } from '../src/kubernetes/connection.js';
import type { BenchmarkOptions } from './benchmark.js';

const WORKER_USER = 'holdfast-worker';

/** The whole local stack with the real worker. */
export interface StackWorld {
  readonly stack: Stack;
  /** With an administrator's rights. */
  readonly api: KubernetesApi;
  readonly temporal: Client;
  readonly cluster: string;
  /** Of the worker's HTTP endpoints. */
  readonly workerUrl: string;
  /** Who the worker is to the API server. */
  readonly workerUser: string;
  close(): Promise<void>;
}

/** @throws Error with the end of the log of the server that did not start */
export async function openStackWorld({ group, say }: BenchmarkOptions): Promise<StackWorld> {
  const stack = await startStack({ group, progress: say });
  say('starting the Holdfast worker');
  const workerUrl = await startWorker(stack);
  const kubernetes = loadConnection({ kubeconfig: stack.controlPlane.adminKubeconfig });
  const connection = await Connection.connect({ address: stack.temporal?.address ?? '' });
  return {
    stack,
    api: createKubernetesApi(kubernetes),
    temporal: new Client({ connection }),
    cluster: stack.env['HOLDFAST_CLUSTER'] ?? '',
    workerUrl,
    workerUser: WORKER_USER,
    close: async () => {
      await Promise.all([connection.close(), kubernetes.close()]);
    },
  };
}
