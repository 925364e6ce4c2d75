import { keepsSpecField, readKindSchemas, type KindSchema } from '../../kubernetes/kind-schema.js';
import { BACKUPS, RESTORES, type ResourceType } from '../../kubernetes/resources.js';
import { kindsWithStatusSubresource, removeStatusSubresource } from '../../kubernetes/status-subresource.js';
import type { KubernetesAccess } from '../kubernetes-access.js';
import type { Check } from './check.js';

/** Whether the kinds are there, and whether `spec.mode` and the status survive being written. */
export async function crdChecks({ readDocument }: KubernetesAccess): Promise<Check[]> {
  const find = await readKindSchemas(readDocument);
  const backups = find('Backup');
  const lossy = await kindsWithStatusSubresource(readDocument);
  return [
    presence('backups.pingcap.com', backups),
    presence('tidbclusters.pingcap.com', find('TidbCluster')),
    ...(backups === undefined ? [] : [modeSpelling(backups), statusCheck(BACKUPS, lossy)]),
    ...(find('Restore') === undefined ? [] : [statusCheck(RESTORES, lossy)]),
    replicationCheck(find),
  ];
}

function presence(crd: string, schema: KindSchema | undefined): Check {
  const check = { area: 'Kubernetes', name: `CRD ${crd}` } as const;
  return schema === undefined
    ? {
        ...check,
        verdict: 'fail',
        found: 'not installed',
        mend: 'kubectl apply --server-side -f deploy/crds',
      }
    : { ...check, verdict: 'ok', found: 'installed' };
}

function statusCheck(kind: ResourceType, lossy: readonly ResourceType[]): Check {
  const check = { area: 'Kubernetes', name: `status of ${kind.kind}s` } as const;
  return lossy.includes(kind)
    ? {
        ...check,
        verdict: 'fail',
        found: 'a subresource, which the stock CRD has not: what is written would be lost, no worker starts',
        mend: removeStatusSubresource(kind),
      }
    : { ...check, verdict: 'ok', found: 'written with the object, as with the stock CRD' };
}

function modeSpelling(backups: KindSchema): Check {
  const check = { area: 'Kubernetes', name: 'spelling spec.mode' } as const;
  return keepsSpecField(backups, 'mode')
    ? { ...check, verdict: 'ok', found: 'kept by the CRD, beside spec.backupMode' }
    : {
        ...check,
        verdict: 'warn',
        found: 'the CRD drops it: such a Backup is taken for mode snapshot',
        mend: 'write spec.backupMode',
      };
}

/** Replication restores are asked for by few: a cluster without them is in order. */
function replicationCheck(find: (kind: string) => KindSchema | undefined): Check {
  const check = { area: 'Kubernetes', name: 'replication restores' } as const;
  const restores = find('Restore');
  if (restores === undefined || find('CompactBackup') === undefined) {
    return {
      ...check,
      verdict: 'warn',
      found:
        'not possible: the CRDs restores.pingcap.com and compactbackups.pingcap.com are not both installed',
      mend: 'kubectl apply --server-side -f deploy/crds',
    };
  }
  return keepsSpecField(restores, 'replicationConfig')
    ? { ...check, verdict: 'ok', found: 'possible: the CRD keeps spec.replicationConfig' }
    : {
        ...check,
        verdict: 'warn',
        found:
          'refused: the CRD drops spec.replicationConfig, and a plain restore would start in their place',
        mend: 'kubectl apply --server-side -f deploy/crds/restores.yaml',
      };
}
