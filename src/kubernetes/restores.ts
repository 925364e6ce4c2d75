import { mergePatchOf } from '../domain/merge-patch.js';
import { Restore, type RestoreStatus } from '../domain/replication/restore.js';
import type { KubernetesApi } from './api.js';
import { ApiFailure } from './api-failure.js';
import { RESTORES, type ObjectReference } from './resources.js';
import { removeStatusSubresource } from './status-subresource.js';

function restoreReference({ namespace, name }: { namespace: string; name: string }): ObjectReference {
  return { resource: RESTORES, namespace, name };
}

/** A live read; `undefined` where it does not exist (any more). */
export async function readRestore(
  api: KubernetesApi,
  identity: { namespace: string; name: string },
): Promise<Restore | undefined> {
  const found = await api.get(restoreReference(identity));
  return found === undefined ? undefined : Restore.parse(found);
}

/**
 * One write of what changes in the status, on top of exactly the version that was read; none where nothing does.
 * @returns the Restore as it is afterwards
 * @throws ApiFailure 409 when somebody else wrote in between: read again and decide again; without a status where the
 * API server took the write and kept nothing of it
 */
export async function writeRestoreStatus(
  api: KubernetesApi,
  restore: Restore,
  status: RestoreStatus,
): Promise<Restore> {
  const changes = mergePatchOf(restore.status, status);
  if (Object.keys(changes).length === 0) return restore;
  const { uid, resourceVersion } = restore.metadata;
  const answer = await api.mergePatch(restoreReference(restore.metadata), {
    metadata: { uid, resourceVersion },
    status: changes,
  });
  const written = Restore.parse(answer);
  // A write that keeps nothing makes no new version; to repeat it at once would end nowhere.
  if (written.metadata.resourceVersion === resourceVersion) throw dropped(restore);
  return written;
}

function dropped({ metadata: { namespace, name } }: Restore): ApiFailure {
  return new ApiFailure({
    operation: `write the status of Restore ${namespace}/${name}`,
    message:
      'the API server dropped all of it; where the CRD has a status subresource: ' +
      removeStatusSubresource(RESTORES),
  });
}

/** One write, as `writeRestoreStatus`. */
export async function labelRestore(
  api: KubernetesApi,
  { metadata }: Restore,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  const { uid, resourceVersion } = metadata;
  await api.mergePatch(restoreReference(metadata), { metadata: { uid, resourceVersion, labels } });
}
