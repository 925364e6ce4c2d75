import { CompactBackup } from '../domain/replication/compact-backup.js';
import type { KubernetesApi } from './api.js';
import { COMPACT_BACKUPS } from './resources.js';

/** A live read; `undefined` where it does not exist (any more). */
export async function readCompactBackup(
  api: KubernetesApi,
  { namespace, name }: { namespace: string; name: string },
): Promise<CompactBackup | undefined> {
  const found = await api.get({ resource: COMPACT_BACKUPS, namespace, name });
  return found === undefined ? undefined : CompactBackup.parse(found);
}
