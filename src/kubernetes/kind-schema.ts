import { z } from 'zod';
import type { ReadDocument } from './read-document.js';

const Schema = z.looseObject({
  'x-kubernetes-preserve-unknown-fields': z.boolean().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
});
const KindSchema = z.looseObject({
  'x-kubernetes-group-version-kind': z.array(z.looseObject({ kind: z.string() })).optional(),
  properties: z.looseObject({ spec: Schema.optional() }).optional(),
});
/** What the API server knows of one kind, as far as we ask. */
export type KindSchema = z.infer<typeof KindSchema>;
const Document = z.looseObject({
  components: z.looseObject({ schemas: z.record(z.string(), KindSchema) }),
});

/** Readable with every credential, unlike the CRDs themselves. */
const OPENAPI_PATH = '/openapi/v3/apis/pingcap.com/v1alpha1';

/** Schemas of the kinds of TiDB Operator; `undefined` for one whose CRD is not installed. @throws ApiFailure */
export async function readKindSchemas(read: ReadDocument): Promise<(kind: string) => KindSchema | undefined> {
  const document = await read(OPENAPI_PATH);
  const schemas = document === undefined ? [] : Object.values(Document.parse(document).components.schemas);
  return (kind) =>
    schemas.find((schema) => schema['x-kubernetes-group-version-kind']?.some((entry) => entry.kind === kind));
}

/** Whether a field of the spec survives being written; the API server drops what the CRD does not know. */
export function keepsSpecField({ properties }: KindSchema, field: string): boolean {
  const spec = properties?.spec;
  return spec?.['x-kubernetes-preserve-unknown-fields'] === true || spec?.properties?.[field] !== undefined;
}
