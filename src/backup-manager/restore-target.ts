import { Restore } from '../domain/replication/restore.js';
import type { KubernetesApi } from '../kubernetes/api.js';
import { RESTORES } from '../kubernetes/resources.js';
import type { StatusTarget } from './status-writer.js';

/** The Restore of this name, as the pod's flags name it. */
export function restoreTarget({
  api,
  namespace,
  name,
  warn,
}: {
  api: KubernetesApi;
  namespace: string;
  name: string;
  warn: (message: string) => void;
}): StatusTarget<Restore> {
  const reference = { resource: RESTORES, namespace, name };
  return {
    what: `Restore ${namespace}/${name}`,
    read: async () => {
      const found = await api.get(reference);
      return found === undefined ? undefined : Restore.parse(found);
    },
    patchStatus: ({ metadata: { uid, resourceVersion } }, status) =>
      api.mergePatch(reference, { metadata: { uid, resourceVersion }, status }),
    warn,
  };
}
