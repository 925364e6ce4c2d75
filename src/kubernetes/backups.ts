import { Backup } from '../domain/backup/backup.js';
import type { KubernetesApi } from './api.js';
import { BACKUPS, type ObjectReference } from './resources.js';

export function backupReference({ namespace, name }: { namespace: string; name: string }): ObjectReference {
  return { resource: BACKUPS, namespace, name };
}

/** A live read; `undefined` where it does not exist (any more). */
export async function readBackup(
  api: KubernetesApi,
  identity: { namespace: string; name: string },
): Promise<Backup | undefined> {
  const found = await api.get(backupReference(identity));
  return found === undefined ? undefined : Backup.parse(found);
}

export interface BackupChange {
  /** Changed keys of `status`; arrays whole. */
  readonly status?: object;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * One write, on top of exactly the version that was read.
 * @throws ApiFailure 409 when somebody else wrote in between: read again and decide again.
 */
export async function patchBackup(api: KubernetesApi, backup: Backup, change: BackupChange): Promise<Backup> {
  const { namespace, name, resourceVersion, uid } = backup.metadata;
  const { status, annotations } = change;
  const patch = {
    metadata: { uid, resourceVersion, ...(annotations !== undefined && { annotations }) },
    ...(status !== undefined && { status }),
  };
  return Backup.parse(await api.mergePatch(backupReference({ namespace, name }), patch));
}
