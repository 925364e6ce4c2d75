import type {
  AzblobStorage,
  GcsStorage,
  LocalStorage,
  S3Storage,
  StorageSpec,
} from './backup/storage-spec.js';

/** The one storage block that is used. */
export type SelectedStorage =
  | { readonly kind: 's3'; readonly s3: S3Storage }
  | { readonly kind: 'gcs'; readonly gcs: GcsStorage }
  | { readonly kind: 'azblob'; readonly azblob: AzblobStorage }
  | { readonly kind: 'local'; readonly local: LocalStorage };

/** The first block that is set, in TiDB Operator's order; `undefined` where none is. */
export function selectStorage({ s3, gcs, azblob, local }: StorageSpec): SelectedStorage | undefined {
  if (s3 != null) return { kind: 's3', s3 };
  if (gcs != null) return { kind: 'gcs', gcs };
  if (azblob != null) return { kind: 'azblob', azblob };
  return local == null ? undefined : { kind: 'local', local };
}

/** Where the data lies, without credentials and options: `s3://bucket/prefix`; gcs and azure end in a slash. */
export function storageLocation(storage: SelectedStorage): string {
  switch (storage.kind) {
    case 's3':
      return `s3://${joinPath(storage.s3.bucket, storage.s3.prefix)}`;
    case 'gcs':
      return `gcs://${joinPath(storage.gcs.bucket, storage.gcs.prefix)}/`;
    case 'azblob':
      return `azure://${joinPath(storage.azblob.container, storage.azblob.prefix)}/`;
    case 'local':
      return `local://${joinPath(storage.local.volumeMount.mountPath, storage.local.prefix)}`;
  }
}

/** Joined by single slashes; only a leading slash of the whole is kept. */
function joinPath(root: string = '', prefix: string = ''): string {
  const leading = root.startsWith('/') ? '/' : '';
  return leading + [...root.split('/'), ...prefix.split('/')].filter((part) => part !== '').join('/');
}
