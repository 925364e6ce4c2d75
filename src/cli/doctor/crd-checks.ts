import { keepsSpecField, readKindSchemas, type KindSchema } from '../../kubernetes/kind-schema.js';
import { hasStatusSubresource, REMOVE_STATUS_SUBRESOURCE } from '../../kubernetes/status-subresource.js';
import type { KubernetesAccess } from '../kubernetes-access.js';
import type { Check } from './check.js';

/** Whether the kinds are there, and whether `spec.mode` and the status survive being written. */
export async function crdChecks({ readDocument }: KubernetesAccess): Promise<Check[]> {
  const find = await readKindSchemas(readDocument);
  const backups = find('Backup');
  return [
    presence('backups.pingcap.com', backups),
    presence('tidbclusters.pingcap.com', find('TidbCluster')),
    ...(backups === undefined ? [] : [modeSpelling(backups), await statusCheck(readDocument)]),
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

async function statusCheck(readDocument: KubernetesAccess['readDocument']): Promise<Check> {
  const check = { area: 'Kubernetes', name: 'status of Backups' } as const;
  return (await hasStatusSubresource(readDocument))
    ? {
        ...check,
        verdict: 'fail',
        found: 'a subresource, which the stock CRD has not: what is written would be lost, no worker starts',
        mend: REMOVE_STATUS_SUBRESOURCE,
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
