import { storageLocation, type SelectedStorage } from '../domain/storage-location.js';
import { flag } from './br-flag.js';

/**
 * BR's `--storage` and what belongs to it. Credentials come through the environment; only Azure's SAS token, for
 * which BR knows no variable, has to stand in the URL.
 */
export function storageArguments(storage: SelectedStorage): string[] {
  const url = `--storage=${storageUrl(storage)}`;
  switch (storage.kind) {
    case 's3':
      return [url, ...s3Arguments(storage.s3)];
    case 'gcs':
      return [
        url,
        ...flag('gcs.storage-class', storage.gcs.storageClass),
        ...flag('gcs.predefined-acl', storage.gcs.objectAcl),
      ];
    case 'azblob':
      return [url, ...flag('azblob.access-tier', storage.azblob.accessTier)];
    case 'local':
      return [url];
  }
}

/** One storage as BR's URL, with what belongs to this place alone; region and endpoint are flags of the command. */
export function storageUrl(storage: SelectedStorage): string {
  const location = storageLocation(storage);
  if (storage.kind === 'azblob') return location + azblobQuery(storage.azblob);
  const forcePathStyle = storage.kind === 's3' ? storage.s3.forcePathStyle : undefined;
  return forcePathStyle === undefined ? location : `${location}?force-path-style=${forcePathStyle}`;
}

function s3Arguments(s3: Extract<SelectedStorage, { kind: 's3' }>['s3']): string[] {
  return [
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
