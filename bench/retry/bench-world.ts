import { Client, Connection } from '@temporalio/client';
import { startWorker } from '../../dev/demo/demo-worker.js';
import { waitUntil } from '../../dev/processes/readiness.js';
import { startStack, type Stack } from '../../dev/stack/stack.js';
import { readIncident } from '../../src/domain/retry/read-incident.js';
import { createKubernetesApi, type KubernetesApi } from '../../src/kubernetes/api.js';
import { loadConnection } from '../../src/kubernetes/connection.js';
import { BACKUPS, SECRETS, TIDB_CLUSTERS } from '../../src/kubernetes/resources.js';
import type { BenchmarkOptions } from '../benchmark.js';
import { startJournal, type Journal } from './journal.js';
import { backupManifest, NAMESPACE, PREREQUISITES, type ScriptedBackup } from './manifests.js';

const WORKER_USER = 'holdfast-worker';

/** The whole local stack with the real worker, and eyes on all of it. */
export interface BenchWorld {
  readonly stack: Stack;
  /** With an administrator's rights. */
  readonly api: KubernetesApi;
  readonly temporal: Client;
  readonly journal: Journal;
  readonly cluster: string;
  /** Of the worker's HTTP endpoints. */
  readonly workerUrl: string;
  /** Who the worker is to the API server. */
  readonly workerUser: string;
  createBackup(backup: ScriptedBackup): Promise<void>;
  close(): Promise<void>;
}

/** @throws Error with the end of the log of the server that did not start */
export async function openBenchWorld({ group, say }: BenchmarkOptions): Promise<BenchWorld> {
  const stack = await startStack({ group, progress: say });
  say('starting the Holdfast worker');
  const workerUrl = await startWorker(stack);
  const kubernetes = loadConnection({ kubeconfig: stack.controlPlane.adminKubeconfig });
  const api = createKubernetesApi(kubernetes);
  await api.create(TIDB_CLUSTERS, NAMESPACE, PREREQUISITES.cluster);
  await api.create(SECRETS, NAMESPACE, PREREQUISITES.secret);
  const abort = new AbortController();
  const journal = await startJournal(api, abort.signal);
  const connection = await Connection.connect({ address: stack.temporal?.address ?? '' });
  return {
    stack,
    api,
    journal,
    temporal: new Client({ connection }),
    cluster: stack.env['HOLDFAST_CLUSTER'] ?? '',
    workerUrl,
    workerUser: WORKER_USER,
    createBackup: async (backup) => {
      await api.create(BACKUPS, NAMESPACE, backupManifest(backup));
    },
    close: async () => {
      abort.abort();
      await journal.ended;
      await Promise.all([connection.close(), kubernetes.close()]);
    },
  };
}

/** Waits until the incidents of all these Backups are settled. @throws Error naming those that are not in time */
export async function untilSettled(
  { journal }: BenchWorld,
  { names, timeoutMs }: { names: readonly string[]; timeoutMs: number },
): Promise<void> {
  let open = names;
  const attempt = async () => {
    open = open.filter((name) => !isSettled(journal, name));
    if (open.length > 0) throw new Error(`${open.length} are not settled: ${open.slice(0, 5).join(', ')}`);
    return true;
  };
  await waitUntil({ what: `${names.length} incidents settled`, timeoutMs, intervalMs: 200, attempt });
}

function isSettled(journal: Journal, name: string): boolean {
  const last = journal.backups(name).at(-1);
  return last !== undefined && readIncident(last.object)?.state === 'settled';
}
