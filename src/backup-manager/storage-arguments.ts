import { storageLocation, type SelectedStorage } from '../domain/storage-location.js';

/**
 * BR's `--storage` and what belongs to it. Credentials come through the environment; only Azure's SAS token, for
 * which BR knows no variable, has to stand in the URL.
 */
export function storageArguments(storage: SelectedStorage): string[] {
  const url = `--storage=${storageLocation(storage)}`;
  switch (storage.kind) {
    case 's3':
      return s3Arguments(url, storage.s3);
    case 'gcs':
      return [
        url,
        ...flag('gcs.storage-class', storage.gcs.storageClass),
        ...flag('gcs.predefined-acl', storage.gcs.objectAcl),
      ];
    case 'azblob':
      return [url + azblobQuery(storage.azblob), ...flag('azblob.access-tier', storage.azblob.accessTier)];
    case 'local':
      return [url];
  }
}

function s3Arguments(url: string, s3: Extract<SelectedStorage, { kind: 's3' }>['s3']): string[] {
  const query = s3.forcePathStyle === undefined ? '' : `?force-path-style=${s3.forcePathStyle}`;
  return [
    url + query,
    ...flag('s3.region', s3.region),
    ...flag('s3.provider', s3.provider),
    ...flag('s3.endpoint', s3.endpoint),
    ...flag('s3.sse', s3.sse),
    ...flag('s3.acl', s3.acl),
    ...flag('s3.storage-class', s3.storageClass),
  ];
}

function azblobQuery({
  storageAccount = '',
  sasToken = '',
}: Extract<SelectedStorage, { kind: 'azblob' }>['azblob']): string {
  if (sasToken === '') return '';
  const query = new URLSearchParams({
    ...(storageAccount !== '' && { 'account-name': storageAccount }),
    'sas-token': sasToken,
  });
  return `?${query.toString()}`;
}

/** `--name=value`, or nothing where there is no value. */
function flag(name: string, value: string | undefined): string[] {
  return value === undefined || value === '' ? [] : [`--${name}=${value}`];
}
