import type { z } from 'zod';
import type { FieldProblem } from '../field-problem.js';
import { isNamespaceName, isObjectName } from '../kubernetes/object-name.js';
import { selectStorage, type SelectedStorage } from '../storage-location.js';
import { LogJobSpec } from './log-job-spec.js';

/**
 * What keeps a Job from being built from this spec, as TiDB Operator's own validation judges it; empty where nothing
 * does. Modes and the retry policy are judged elsewhere.
 */
export function logJobProblems(spec: unknown): FieldProblem[] {
  const parsed = LogJobSpec.safeParse(spec);
  if (!parsed.success) return schemaProblems(spec, parsed.error);
  return [
    ...clusterProblems(parsed.data.br),
    ...timestampProblems({ commitTs: parsed.data.commitTs, logTruncateUntil: parsed.data.logTruncateUntil }),
    ...storageProblems(selectStorage(parsed.data)),
    ...prefixProblems(parsed.data),
  ];
}

/** What the schema of the spec does not accept, field by field. */
export function schemaProblems(spec: unknown, { issues }: z.ZodError): FieldProblem[] {
  return issues.map((issue) => ({
    path: ['spec', ...issue.path].join('.'),
    received: describeAt(spec, issue.path),
    expected: issue.message.replace(/^[^:]+: expected /, '').replace(/, received .*$/, ''),
  }));
}

function problem(path: string, received: string | undefined, expected: string): FieldProblem {
  return { path, received: received ?? '', expected };
}

function describeAt(spec: unknown, path: readonly PropertyKey[]): string {
  const value = path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    spec,
  );
  return value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}

/** Both become part of a path of the API and of the address of PD. */
function clusterProblems({ cluster, clusterNamespace = '' }: LogJobSpec['br']): FieldProblem[] {
  const namespaced = clusterNamespace === '' || isNamespaceName(clusterNamespace);
  return [
    ...(isObjectName(cluster) ? [] : [problem('spec.br.cluster', cluster, 'the name of a TidbCluster')]),
    ...(namespaced
      ? []
      : [problem('spec.br.clusterNamespace', clusterNamespace, 'the name of a namespace, or nothing')]),
  ];
}

const TIMESTAMP =
  /^(\d+|\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))$/;

/** Of fields of the spec that hold a point in time; empty means not set. */
export function timestampProblems(fields: Readonly<Record<string, string | undefined>>): FieldProblem[] {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== '' && !TIMESTAMP.test(value))
    .map(([field, value]) =>
      problem(`spec.${field}`, value, 'a TSO, "YYYY-MM-DD hh:mm:ss" or an RFC 3339 time'),
    );
}

function storageProblems(storage: SelectedStorage | undefined): FieldProblem[] {
  switch (storage?.kind) {
    case undefined:
      return [problem('spec', 'no storage', 'one of s3, gcs, azblob, local')];
    case 's3':
      return [
        ...required('spec.s3.bucket', storage.s3.bucket, 'the name of a bucket'),
        ...endpointProblems(storage.s3.provider, storage.s3.endpoint ?? ''),
      ];
    case 'gcs':
      return [
        ...required('spec.gcs.projectId', storage.gcs.projectId, 'the id of a project'),
        ...required('spec.gcs.bucket', storage.gcs.bucket, 'the name of a bucket'),
      ];
    case 'azblob':
      return required('spec.azblob.container', storage.azblob.container, 'the name of a container');
    case 'local':
      return localProblems(storage.local);
  }
}

/** What ends up inside an argument of BR must hold none. */
const CONTROL_CHARACTER = /\p{Cc}/u;

function required(path: string, value: string | undefined, expected: string): FieldProblem[] {
  const usable = value !== undefined && value !== '' && !CONTROL_CHARACTER.test(value);
  return usable ? [] : [problem(path, value, expected)];
}

function prefixProblems({ s3, gcs, azblob, local }: LogJobSpec): FieldProblem[] {
  return Object.entries({ s3, gcs, azblob, local })
    .filter(([, block]) => CONTROL_CHARACTER.test(block?.prefix ?? ''))
    .map(([kind, block]) => problem(`spec.${kind}.prefix`, block?.prefix, 'no control characters'));
}

/** Ceph's endpoint may come without a scheme: it gets one when it is used. */
function endpointProblems(provider: string, endpoint: string): FieldProblem[] {
  if (endpoint === '' || (provider === 'ceph' && !endpoint.includes('://'))) return [];
  return URL.canParse(endpoint) && /^https?:\/\/[^/]+/.test(endpoint)
    ? []
    : [problem('spec.s3.endpoint', endpoint, 'a URL with scheme and host')];
}

function localProblems({
  volume,
  volumeMount,
}: Extract<SelectedStorage, { kind: 'local' }>['local']): FieldProblem[] {
  const { name, mountPath } = volumeMount;
  return [
    ...(volume.name === name
      ? []
      : [problem('spec.local.volumeMount.name', name, `the volume's name "${volume.name}"`)]),
    ...(mountPath === '' || mountPath.includes(':')
      ? [problem('spec.local.volumeMount.mountPath', mountPath, 'a path without ":"')]
      : []),
  ];
}
