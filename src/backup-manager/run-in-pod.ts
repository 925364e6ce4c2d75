import { createKubernetesApi } from '../kubernetes/api.js';
import { loadConnection } from '../kubernetes/connection.js';
import { withGoogleCredentials } from './google-credentials.js';
import { runLogBackup, type LogBackupOptions } from './log-backup.js';
import type { PodDependencies, PodDependenciesWithApi } from './pod-work.js';
import type { ProbeStorageOptions } from './probe-storage.js';
import { runRestore, type RunRestoreOptions } from './run-restore.js';
import { runSnapshotBackup, type SnapshotBackupOptions } from './snapshot-backup.js';

/** What the flags of a pod ask for. */
export type PodWork =
  | { readonly kind: 'log'; readonly options: LogBackupOptions }
  | { readonly kind: 'snapshot'; readonly options: SnapshotBackupOptions }
  | { readonly kind: 'restore'; readonly options: RunRestoreOptions }
  | { readonly kind: 'probe'; readonly options: ProbeStorageOptions };

/**
 * Does the work against the API server of the kubeconfig; not set means the cluster that the pod runs in.
 * @returns whether it succeeded
 */
export async function runInPod(
  work: PodWork,
  { kubeconfig, ...deps }: PodDependencies & { readonly kubeconfig: string | undefined },
): Promise<boolean> {
  const connection = loadConnection({ kubeconfig });
  try {
    const api = createKubernetesApi(connection);
    return await withGoogleCredentials(deps.env, (env) => start(work, { ...deps, env, api }));
  } finally {
    await connection.close();
  }
}

async function start(work: PodWork, deps: PodDependenciesWithApi): Promise<boolean> {
  switch (work.kind) {
    case 'log':
      return runLogBackup(work.options, deps);
    case 'snapshot':
      return runSnapshotBackup(work.options, deps);
    case 'restore':
      return runRestore(work.options, deps);
    case 'probe': {
      // Only the probe speaks S3 itself: BR's pods start without the SDK.
      const { probeStorage } = await import('./probe-storage.js');
      return probeStorage(work.options, deps);
    }
  }
}
