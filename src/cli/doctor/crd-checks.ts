import { z } from 'zod';
import { hasStatusSubresource, REMOVE_STATUS_SUBRESOURCE } from '../../kubernetes/status-subresource.js';
import type { KubernetesAccess } from '../kubernetes-access.js';
import type { Check } from './check.js';

const Schema = z.looseObject({
  'x-kubernetes-preserve-unknown-fields': z.boolean().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
});
const KindSchema = z.looseObject({
  'x-kubernetes-group-version-kind': z.array(z.looseObject({ kind: z.string() })).optional(),
  properties: z.looseObject({ spec: Schema.optional() }).optional(),
});
const Document = z.looseObject({
  components: z.looseObject({ schemas: z.record(z.string(), KindSchema) }),
});
type KindSchema = z.infer<typeof KindSchema>;

/** Readable with every credential, unlike the CRDs themselves. */
const OPENAPI_PATH = '/openapi/v3/apis/pingcap.com/v1alpha1';

/** Whether the kinds are there, and whether `spec.mode` and the status survive being written. */
export async function crdChecks({ readDocument }: KubernetesAccess): Promise<Check[]> {
  const document = await readDocument(OPENAPI_PATH);
  const schemas = document === undefined ? [] : Object.values(Document.parse(document).components.schemas);
  const find = (kind: string): KindSchema | undefined =>
    schemas.find((schema) => schema['x-kubernetes-group-version-kind']?.some((entry) => entry.kind === kind));
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

function modeSpelling({ properties }: KindSchema): Check {
  const check = { area: 'Kubernetes', name: 'spelling spec.mode' } as const;
  const spec = properties?.spec;
  const kept =
    spec?.['x-kubernetes-preserve-unknown-fields'] === true || spec?.properties?.['mode'] !== undefined;
  return kept
    ? { ...check, verdict: 'ok', found: 'kept by the CRD, beside spec.backupMode' }
    : {
        ...check,
        verdict: 'warn',
        found: 'the CRD drops it: such a Backup is taken for mode snapshot',
        mend: 'write spec.backupMode',
      };
}
