import type { AzblobStorage, GcsStorage, S3Storage } from '../../domain/backup/storage-spec.js';
import type { SelectedStorage } from '../../domain/storage-location.js';
import { secretEnv, type EnvVar } from './env-var.js';

/**
 * What BR and the backup manager read about the storage, in TiDB Operator's order; credentials by reference only.
 * Mirrors GenerateStorageCertEnv:
 * https://github.com/pingcap/tidb-operator/blob/0045b1213/pkg/backup/util/util.go
 */
export function storageEnv(storage: SelectedStorage, useKms: boolean): EnvVar[] {
  switch (storage.kind) {
    case 's3':
      return s3Env(storage.s3, useKms);
    case 'gcs':
      return gcsEnv(storage.gcs);
    case 'azblob':
      return azblobEnv(storage.azblob);
    case 'local':
      return [];
  }
}

function s3Env(s3: S3Storage, useKms: boolean): EnvVar[] {
  const { provider, endpoint = '', region = '', secretName = '' } = s3;
  const isAws = provider === 'aws';
  return [
    { name: 'S3_PROVIDER', value: provider },
    { name: 'S3_ENDPOINT', value: s3Endpoint(provider, endpoint) },
    { name: 'AWS_REGION', value: region },
    { name: 'AWS_ACL', value: orDefault(s3.acl, isAws ? 'private' : '') },
    { name: 'AWS_STORAGE_CLASS', value: orDefault(s3.storageClass, isAws ? 'STANDARD_IA' : '') },
    ...(useKms ? [{ name: 'AWS_DEFAULT_REGION', value: region }] : []),
    ...(secretName === ''
      ? []
      : [
          secretEnv('AWS_ACCESS_KEY_ID', { name: secretName, key: 'access_key' }),
          secretEnv('AWS_SECRET_ACCESS_KEY', { name: secretName, key: 'secret_key' }),
        ]),
  ];
}

function s3Endpoint(provider: string, endpoint: string): string {
  return provider === 'ceph' && !endpoint.includes('://') ? `http://${endpoint}` : endpoint;
}

function gcsEnv({
  projectId,
  objectAcl,
  bucketAcl,
  location,
  storageClass,
  secretName = '',
}: GcsStorage): EnvVar[] {
  return [
    { name: 'GCS_PROJECT_ID', value: projectId },
    { name: 'GCS_OBJECT_ACL', value: objectAcl ?? '' },
    { name: 'GCS_BUCKET_ACL', value: bucketAcl ?? '' },
    { name: 'GCS_LOCATION', value: location ?? '' },
    { name: 'GCS_STORAGE_CLASS', value: storageClass ?? '' },
    ...(secretName === ''
      ? []
      : [secretEnv('GCS_SERVICE_ACCOUNT_JSON_KEY', { name: secretName, key: 'credentials' })]),
  ];
}

const AZURE_CREDENTIALS = ['AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET', 'AZURE_TENANT_ID', 'AZURE_STORAGE_KEY'];

/**
 * The Secret holds either a service principal or an account key. Both are optional references: the pod gets what
 * there is, and BR prefers the principal, so that the builder need not look into the Secret.
 */
function azblobEnv({
  accessTier,
  storageAccount = '',
  sasToken = '',
  secretName = '',
}: AzblobStorage): EnvVar[] {
  const account =
    storageAccount === '' && secretName !== ''
      ? secretEnv('AZURE_STORAGE_ACCOUNT', { name: secretName, key: 'AZURE_STORAGE_ACCOUNT' })
      : { name: 'AZURE_STORAGE_ACCOUNT', value: storageAccount };
  const credentials =
    secretName === '' || sasToken !== ''
      ? []
      : AZURE_CREDENTIALS.map((key) => secretEnv(key, { name: secretName, key, optional: true }));
  return [{ name: 'AZURE_ACCESS_TIER', value: orDefault(accessTier, 'Cool') }, account, ...credentials];
}

function orDefault(value: string | undefined, fallback: string): string {
  return value === undefined || value === '' ? fallback : value;
}
