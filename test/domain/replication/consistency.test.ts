import { describe, expect, test } from 'vitest';
import { describeMismatches, mismatchesOf } from '../../../src/domain/replication/consistency.js';
import { compactBackupWith, restoreWith } from './restore-objects.js';

const NO_S3 = { s3: undefined };
const LOCAL = {
  ...NO_S3,
  local: {
    volume: { name: 'nfs', nfs: { server: '10.0.0.9', path: '/backups' } },
    volumeMount: { name: 'nfs', mountPath: '/nfs' },
    prefix: 'logs',
  },
};
const GCS = {
  ...NO_S3,
  gcs: { projectId: 'shop', location: 'eu', bucket: 'logs', prefix: 'orders', path: 'a' },
};
const AZBLOB = {
  ...NO_S3,
  azblob: { storageAccount: 'acct', container: 'logs', prefix: 'orders', path: 'a' },
};
const S3 = {
  s3: {
    provider: 'aws',
    endpoint: 'https://s3.example.com',
    region: 'eu',
    bucket: 'logs',
    prefix: 'o',
    path: 'p',
  },
};

function mismatches(spec: object, other: object) {
  return mismatchesOf(restoreWith({ spec }), compactBackupWith({ spec: other }));
}

describe('the same place', () => {
  test.each<[string, object, object]>([
    ['nothing differs', {}, {}],
    [
      'credentials and upload attributes differ',
      S3,
      {
        s3: {
          ...S3.s3,
          secretName: 'x',
          storageClass: 'y',
          acl: 'z',
          sse: 'a',
          options: ['b'],
          forcePathStyle: true,
        },
      },
    ],
    [
      'an endpoint without its scheme, in capitals, with a slash',
      S3,
      { s3: { ...S3.s3, endpoint: 'S3.example.com/' } },
    ],
    [
      'prefixes with slashes around them, and a double one',
      { s3: { ...S3.s3, prefix: '/a//b/' } },
      { s3: { ...S3.s3, prefix: 'a/b' } },
    ],
    ['an empty prefix and none', { s3: { ...S3.s3, prefix: '' } }, { s3: { ...S3.s3, prefix: undefined } }],
    [
      'the namespace of the cluster is said, and is that of the object',
      { br: { cluster: 'basic' } },
      { br: { cluster: 'basic', clusterNamespace: 'prod' } },
    ],
    [
      'an empty namespace is that of the object',
      { br: { cluster: 'basic', clusterNamespace: 'prod' } },
      { br: { cluster: 'basic', clusterNamespace: '' } },
    ],
    [
      'gcs with other credentials',
      GCS,
      { ...NO_S3, gcs: { ...GCS.gcs, secretName: 'x', storageClass: 'y', objectAcl: 'z', bucketAcl: 'a' } },
    ],
    [
      'azblob with other credentials',
      AZBLOB,
      { ...NO_S3, azblob: { ...AZBLOB.azblob, secretName: 'x', sasToken: 'y', accessTier: 'Hot' } },
    ],
    [
      'one volume under two names',
      LOCAL,
      {
        ...NO_S3,
        local: {
          ...LOCAL.local,
          volume: { nfs: { path: '/backups', server: '10.0.0.9' }, name: 'v' },
          volumeMount: { name: 'v', mountPath: '/nfs/' },
        },
      },
    ],
  ])('%s', (_name, spec, other) => {
    expect(mismatches(spec, other)).toEqual([]);
    expect(mismatches(other, spec)).toEqual([]);
  });
});

describe('another place: the field and both values', () => {
  test.each<[string, object, object, string, string]>([
    ['br.cluster', {}, { br: { cluster: 'other' } }, 'basic', 'other'],
    ['br.clusterNamespace', {}, { br: { cluster: 'basic', clusterNamespace: 'east' } }, 'prod', 'east'],
    ...(['provider', 'endpoint', 'region', 'bucket', 'prefix', 'path'] as const).map(
      (field): [string, object, object, string, string] => [
        `s3.${field}`,
        S3,
        { s3: { ...S3.s3, [field]: 'other' } },
        S3.s3[field],
        'other',
      ],
    ),
    ...(['projectId', 'location', 'bucket', 'prefix', 'path'] as const).map(
      (field): [string, object, object, string, string] => [
        `gcs.${field}`,
        GCS,
        { ...NO_S3, gcs: { ...GCS.gcs, [field]: 'other' } },
        GCS.gcs[field],
        'other',
      ],
    ),
    ...(['storageAccount', 'container', 'prefix', 'path'] as const).map(
      (field): [string, object, object, string, string] => [
        `azblob.${field}`,
        AZBLOB,
        { ...NO_S3, azblob: { ...AZBLOB.azblob, [field]: 'other' } },
        AZBLOB.azblob[field],
        'other',
      ],
    ),
    ['local.prefix', LOCAL, { ...NO_S3, local: { ...LOCAL.local, prefix: 'x' } }, 'logs', 'x'],
    [
      'local.volumeMount.mountPath',
      LOCAL,
      { ...NO_S3, local: { ...LOCAL.local, volumeMount: { name: 'nfs', mountPath: '/mnt' } } },
      '/nfs',
      '/mnt',
    ],
    [
      'local.volume',
      LOCAL,
      {
        ...NO_S3,
        local: { ...LOCAL.local, volume: { name: 'nfs', nfs: { server: '10.0.0.8', path: '/backups' } } },
      },
      '{"nfs":{"path":"/backups","server":"10.0.0.9"}}',
      '{"nfs":{"path":"/backups","server":"10.0.0.8"}}',
    ],
  ])('%s', (field, spec, other, restore, compactBackup) => {
    expect(mismatches(spec, other)).toEqual([{ field, restore, compactBackup }]);
  });

  test('another kind of storage names both kinds', () => {
    expect(mismatches(S3, LOCAL)[0]).toEqual({ field: 'storage', restore: 's3', compactBackup: 'local' });
    expect(mismatches(S3, NO_S3)[0]).toEqual({ field: 'storage', restore: 's3', compactBackup: 'none' });
  });

  test('a CompactBackup without br is of another cluster, and no reason to fail', () => {
    expect(mismatches({}, { br: null })).toEqual([
      { field: 'br.cluster', restore: 'basic', compactBackup: '' },
    ]);
  });

  test('the message names each field and both values', () => {
    const found = mismatches(S3, { br: { cluster: 'b' }, s3: { ...S3.s3, bucket: 'other' } });
    expect(describeMismatches(found, 'cb-1')).toBe(
      'spec.br.cluster is "basic" in the Restore and "b" in CompactBackup cb-1; ' +
        'spec.s3.bucket is "logs" in the Restore and "other" in CompactBackup cb-1',
    );
  });
});
