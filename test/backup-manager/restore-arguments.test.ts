import { describe, expect, test } from 'vitest';
import { BrRestoreSpec } from '../../src/backup-manager/br-restore-spec.js';
import { replicationFlagNames } from '../../src/backup-manager/replication-arguments.js';
import { abortArguments, restoreArguments } from '../../src/backup-manager/restore-arguments.js';

const spec = BrRestoreSpec.parse({
  br: { cluster: 'basic' },
  s3: { provider: 'aws', bucket: 'backups', prefix: 'log' },
  pitrFullBackupStorageProvider: { s3: { provider: 'aws', bucket: 'backups', prefix: 'full' } },
});
const input = { namespace: 'prod', spec, clusterTls: false };
const pd = '--pd=basic-pd.prod:2379';
const storage = ['--storage=s3://backups/log', '--s3.provider=aws'];
const full = '--full-backup-storage=s3://backups/full';

describe('the command line of a restore', () => {
  test.each([
    ['full', {}, ['restore', 'full', pd, ...storage]],
    [
      'db',
      { backupType: 'db', br: { cluster: 'basic', db: 'shop' } },
      ['restore', 'db', pd, ...storage, '--db=shop'],
    ],
    [
      'table',
      { backupType: 'table', br: { cluster: 'basic', db: 'shop', table: 'orders' } },
      ['restore', 'table', pd, ...storage, '--table=orders', '--db=shop'],
    ],
    [
      'of filtered tables',
      { tableFilter: ['shop.*'] },
      ['restore', 'full', pd, ...storage, '--filter', 'shop.*'],
    ],
  ])('of a snapshot, %s', (_what, more, args) => {
    const other = BrRestoreSpec.parse({ ...spec, ...more });
    expect(restoreArguments({ ...input, spec: other, mode: 'snapshot' })).toEqual(args);
  });

  test.each([
    [undefined, '--restored-ts=0'],
    ['', '--restored-ts=0'],
    ['4545', '--restored-ts=4545'],
    ['2026-11-21 10:00:00', '--restored-ts=2026-11-21 10:00:00'],
  ])('to the point in time %o', (pitrRestoredTs, restoredTs) => {
    expect(restoreArguments({ ...input, mode: 'pitr', pitrRestoredTs })).toEqual([
      'restore',
      'point',
      pd,
      ...storage,
      restoredTs,
      full,
    ]);
  });

  test('to a point in time begins where the log is to begin, without a full backup', () => {
    const other = BrRestoreSpec.parse({
      ...spec,
      pitrFullBackupStorageProvider: undefined,
      logRestoreStartTs: '4545',
    });
    expect(restoreArguments({ ...input, spec: other, mode: 'pitr' }).slice(-2)).toEqual([
      '--restored-ts=0',
      '--start-ts=4545',
    ]);
  });

  test.each([
    [
      { pitrFullBackupStorageProvider: undefined },
      'pitr',
      /pitrFullBackupStorageProvider or spec.logRestoreStartTs/,
    ],
    [
      { pitrFullBackupStorageProvider: {} },
      'pitr',
      /pitrFullBackupStorageProvider or spec.logRestoreStartTs/,
    ],
    [{ backupType: 'raw' }, 'snapshot', /spec.backupType "raw" is not known/],
    [{ backupType: '--help' }, 'snapshot', /spec.backupType "--help" is not known/],
  ] as const)('is refused for %o', (more, mode, message) => {
    const other = BrRestoreSpec.parse({ ...spec, ...more });
    expect(() => restoreArguments({ ...input, spec: other, mode })).toThrow(message);
  });

  test.each([
    [{ gcs: { projectId: 'shop', bucket: 'backups', prefix: 'full' } }, 'gcs://backups/full/'],
    [
      { azblob: { container: 'backups', storageAccount: 'shop', sasToken: 'sig=a/b' } },
      'azure://backups/?account-name=shop&sas-token=sig%3Da%2Fb',
    ],
    [{ s3: { provider: 'minio', bucket: 'b', forcePathStyle: true } }, 's3://b?force-path-style=true'],
    [
      { local: { volume: { name: 'nfs' }, volumeMount: { name: 'nfs', mountPath: '/nfs' }, prefix: 'full' } },
      'local:///nfs/full',
    ],
  ])('says where the full backup lies: %o', (provider, url) => {
    const other = BrRestoreSpec.parse({ ...spec, pitrFullBackupStorageProvider: provider });
    expect(restoreArguments({ ...input, spec: other, mode: 'pitr' }).at(-1)).toBe(
      `--full-backup-storage=${url}`,
    );
  });

  test('has everything that the spec can say in its order, what makes it a half of a replication restore last', () => {
    const everything = BrRestoreSpec.parse({
      ...spec,
      br: {
        cluster: 'basic',
        clusterNamespace: 'tidb',
        logLevel: 'debug',
        statusAddr: '0.0.0.0:8080',
        sendCredToTikv: false,
        concurrency: 4,
        rateLimit: 100,
        timeAgo: '1h',
        checksum: true,
        checkRequirements: false,
        onLine: true,
        options: ['--pitr-batch-count=8'],
      },
      s3: {
        provider: 'minio',
        region: 'eu-west-1',
        endpoint: 'https://minio.example:9000',
        bucket: 'backups',
      },
      tableFilter: ['shop.*'],
    });
    const replication = { phase: 2, retainLatestMvccVersion: true, flagNames: 'restore-phase' } as const;
    expect(
      restoreArguments({
        ...input,
        spec: everything,
        clusterTls: true,
        mode: 'pitr',
        pitrRestoredTs: '45',
        replication,
      }),
    ).toEqual([
      'restore',
      'point',
      '--pd=basic-pd.tidb:2379',
      '--ca=/var/lib/cluster-client-tls/ca.crt',
      '--cert=/var/lib/cluster-client-tls/tls.crt',
      '--key=/var/lib/cluster-client-tls/tls.key',
      '--log-level=debug',
      '--status-addr=0.0.0.0:8080',
      '--send-credentials-to-tikv=false',
      '--storage=s3://backups',
      '--s3.region=eu-west-1',
      '--s3.provider=minio',
      '--s3.endpoint=https://minio.example:9000',
      '--filter',
      'shop.*',
      '--concurrency=4',
      '--ratelimit=100',
      '--checksum=true',
      '--check-requirements=false',
      '--online=true',
      '--pitr-batch-count=8',
      '--restored-ts=45',
      full,
      '--restore-phase=2',
      '--pitr-concurrency=1024',
      '--metadata-download-batch-size=512',
      '--retain-latest-mvcc-version',
    ]);
  });
});

describe('the half of a replication restore', () => {
  const tuned = ['--pitr-concurrency=1024', '--metadata-download-batch-size=512'];
  const older = ['--replication-status-sub-prefix=ccr', '--pitr-concurrency=1024'];
  test.each([
    ['restore-phase', 1, true, ['--restore-phase=1', ...tuned, '--retain-latest-mvcc-version']],
    ['restore-phase', 2, true, ['--restore-phase=2', ...tuned, '--retain-latest-mvcc-version']],
    ['restore-phase', 2, false, ['--restore-phase=2', ...tuned]],
    ['replication-storage-phase', 1, true, ['--replication-storage-phase=1', ...older]],
    ['replication-storage-phase', 2, true, ['--replication-storage-phase=2', ...older]],
    ['replication-storage-phase', 2, false, ['--replication-storage-phase=2', ...older]],
  ] as const)(
    'with flags %s, phase %i, newest versions only: %o',
    (flagNames, phase, retainLatestMvccVersion, args) => {
      const replication = { phase, retainLatestMvccVersion, flagNames };
      expect(restoreArguments({ ...input, mode: 'pitr', pitrRestoredTs: '45', replication })).toEqual([
        'restore',
        'point',
        pd,
        ...storage,
        '--restored-ts=45',
        full,
        ...args,
      ]);
    },
  );

  test('takes the names of its flags from the environment, and no others', () => {
    const variable = 'HOLDFAST_BR_REPLICATION_FLAGS';
    expect(replicationFlagNames({})).toBe('restore-phase');
    expect(replicationFlagNames({ [variable]: '' })).toBe('restore-phase');
    expect(replicationFlagNames({ [variable]: 'replication-storage-phase' })).toBe(
      'replication-storage-phase',
    );
    expect(() => replicationFlagNames({ [variable]: 'ccr' })).toThrow(
      'HOLDFAST_BR_REPLICATION_FLAGS is "ccr": it must be restore-phase or replication-storage-phase',
    );
  });
});

describe('the command line that cleans up after a failed restore', () => {
  const tuned = BrRestoreSpec.parse({
    ...spec,
    br: { cluster: 'basic', concurrency: 4, options: ['--online'] },
  });

  test('names the kind of the snapshot, without what tunes a restore', () => {
    expect(abortArguments({ ...input, spec: tuned, mode: 'snapshot' })).toEqual([
      'abort',
      'restore',
      'full',
      pd,
      ...storage,
    ]);
  });

  test('aborts the restore to a point in time that ran, not a full one', () => {
    const replication = { phase: 2, retainLatestMvccVersion: true, flagNames: 'restore-phase' } as const;
    expect(
      abortArguments({
        ...input,
        spec: tuned,
        clusterTls: true,
        mode: 'pitr',
        pitrRestoredTs: '45',
        replication,
      }),
    ).toEqual([
      'abort',
      'restore',
      'point',
      pd,
      '--ca=/var/lib/cluster-client-tls/ca.crt',
      '--cert=/var/lib/cluster-client-tls/tls.crt',
      '--key=/var/lib/cluster-client-tls/tls.key',
      ...storage,
      '--restored-ts=45',
      full,
    ]);
  });
});
