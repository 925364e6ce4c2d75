import { StorageSpec } from '../backup/storage-spec.js';
import { canonicalJson } from '../spec-hash.js';
import { selectStorage, type SelectedStorage } from '../storage-location.js';
import type { CompactBackup } from './compact-backup.js';
import type { Restore } from './restore.js';

/** One field in which the Restore and its CompactBackup differ, with the values as they stand there. */
export interface Mismatch {
  readonly field: string;
  readonly restore: string;
  readonly compactBackup: string;
}

/** A field that is compared: its text for people, and the text that has to be equal. */
interface ComparedField {
  readonly field: string;
  readonly shown: string;
  readonly compared: string;
}

type Spec = Restore['spec'] | CompactBackup['spec'];

/**
 * Whether the CompactBackup compacts the log that the Restore restores: the same cluster, the same place. Credentials
 * and upload attributes make no other place. Empty where both agree.
 */
export function mismatchesOf(restore: Restore, compactBackup: CompactBackup): Mismatch[] {
  const theirs = new Map(fieldsOf(compactBackup).map((entry) => [entry.field, entry]));
  const ours = fieldsOf(restore);
  const fields = [...ours.map(({ field }) => field), ...theirs.keys()];
  const mine = new Map(ours.map((entry) => [entry.field, entry]));
  return [...new Set(fields)].flatMap((field) => {
    const [left, right] = [mine.get(field), theirs.get(field)];
    if ((left?.compared ?? '') === (right?.compared ?? '')) return [];
    return [{ field, restore: left?.shown ?? '', compactBackup: right?.shown ?? '' }];
  });
}

/** Names each field and both values. */
export function describeMismatches(mismatches: readonly Mismatch[], compactBackupName: string): string {
  return mismatches
    .map(
      ({ field, restore, compactBackup }) =>
        `spec.${field} is "${restore}" in the Restore and "${compactBackup}" in CompactBackup ${compactBackupName}`,
    )
    .join('; ');
}

function fieldsOf({ metadata, spec }: { metadata: { namespace: string }; spec: Spec }): ComparedField[] {
  const br = valueAt(spec, ['br']);
  const clusterNamespace = textAt(br, ['clusterNamespace']);
  // A block that does not parse has been judged elsewhere, or is not ours to judge: then it is like none.
  const storage = selectStorage(StorageSpec.safeParse(spec).data ?? {});
  return [
    plain('br.cluster', textAt(br, ['cluster'])),
    plain('br.clusterNamespace', clusterNamespace === '' ? metadata.namespace : clusterNamespace),
    plain('storage', storage?.kind ?? 'none'),
    ...(storage === undefined ? [] : storageFields(storage)),
  ];
}

function storageFields(storage: SelectedStorage): ComparedField[] {
  switch (storage.kind) {
    case 's3': {
      const { s3 } = storage;
      const names = ['s3.provider', 's3.region'].map((field) => plainAt(storage, field));
      const places = ['s3.bucket', 's3.prefix', 's3.path'].map((field) => placeAt(storage, field));
      const endpoint = s3.endpoint ?? '';
      return [...names, { field: 's3.endpoint', shown: endpoint, compared: hostOf(endpoint) }, ...places];
    }
    case 'gcs':
      return [
        ...['gcs.projectId', 'gcs.location'].map((field) => plainAt(storage, field)),
        ...['gcs.bucket', 'gcs.prefix', 'gcs.path'].map((field) => placeAt(storage, field)),
      ];
    case 'azblob':
      return [
        plainAt(storage, 'azblob.storageAccount'),
        ...['azblob.container', 'azblob.prefix', 'azblob.path'].map((field) => placeAt(storage, field)),
      ];
    case 'local': {
      // The name of the volume only ties it to its mount.
      const { name: _name, ...volume } = storage.local.volume;
      return [
        plain('local.volume', canonicalJson(volume)),
        ...['local.volumeMount.mountPath', 'local.prefix'].map((field) => placeAt(storage, field)),
      ];
    }
  }
}

function plain(field: string, value: string): ComparedField {
  return { field, shown: value, compared: value };
}

function plainAt(storage: SelectedStorage, field: string): ComparedField {
  return plain(field, textAt(storage, field.split('.')));
}

/** A bucket or a path: slashes around it, and double ones in it, mean nothing. */
function placeAt(storage: SelectedStorage, field: string): ComparedField {
  const shown = textAt(storage, field.split('.'));
  const parts = shown.split('/').filter((part) => part !== '');
  return { field, shown, compared: parts.join('/') };
}

/** Host and port: who is spoken to with or without TLS is the same store. */
function hostOf(endpoint: string): string {
  return endpoint
    .replace(/^[a-z0-9]+:\/\//i, '')
    .replace(/\/+$/, '')
    .toLowerCase();
}

function textAt(value: unknown, path: readonly string[]): string {
  const found = valueAt(value, path);
  if (found === undefined || found === null) return '';
  return typeof found === 'string' ? found : JSON.stringify(found);
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  );
}
