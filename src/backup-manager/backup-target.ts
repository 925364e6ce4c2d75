import type { Backup } from '../domain/backup/backup.js';
import type { KubernetesApi } from '../kubernetes/api.js';
import { patchBackup, readBackup } from '../kubernetes/backups.js';
import type { StatusTarget } from './status-writer.js';

/** The Backup of this name, as the pod's flags name it. */
export function backupTarget({
  api,
  namespace,
  name,
  warn,
}: {
  api: KubernetesApi;
  namespace: string;
  name: string;
  warn: (message: string) => void;
}): StatusTarget<Backup> {
  return {
    what: `Backup ${namespace}/${name}`,
    read: () => readBackup(api, { namespace, name }),
    patchStatus: (backup, status) => patchBackup(api, backup, { status }),
    warn,
  };
}
