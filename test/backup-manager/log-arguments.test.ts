import { describe, expect, test } from 'vitest';
import { BrSpec } from '../../src/domain/backup/br-spec.js';
import { logArguments } from '../../src/backup-manager/log-arguments.js';

const spec = BrSpec.parse({
  br: { cluster: 'basic' },
  s3: { provider: 'aws', bucket: 'backups', prefix: 'orders' },
});
const input = { namespace: 'prod', name: 'orders', spec, clusterTls: false };
const common = ['--pd=basic-pd.prod:2379', '--storage=s3://backups/orders', '--s3.provider=aws'];

describe('the command line of BR', () => {
  test.each([
    ['log-start', {}, ['log', 'start', '--task-name=orders', ...common]],
    ['log-start', { commitTs: '0' }, ['log', 'start', '--task-name=orders', ...common]],
    ['log-start', { commitTs: '4545' }, ['log', 'start', '--task-name=orders', '--start-ts=4545', ...common]],
    ['log-stop', {}, ['log', 'stop', '--task-name=orders', ...common]],
    ['log-pause', {}, ['log', 'pause', '--task-name=orders', ...common]],
    ['log-resume', {}, ['log', 'resume', '--task-name=orders', ...common]],
    ['log-truncate', { truncateUntil: '4545' }, ['log', 'truncate', '--until=4545', ...common]],
  ] as const)('of %s with %o', (command, more, args) => {
    expect(logArguments({ ...input, command, ...more })).toEqual(args);
  });

  test('has everything that the spec can say in the order that TiDB Operator uses, options last', () => {
    const everything = BrSpec.parse({
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
        options: ['--lastbackupts=1', '--log-level=warn'],
      },
      s3: {
        provider: 'minio',
        region: 'eu-west-1',
        endpoint: 'https://minio.example:9000',
        bucket: 'backups',
        sse: 'AES256',
        acl: 'private',
        storageClass: 'STANDARD',
        forcePathStyle: false,
      },
      tableFilter: ['shop.*', '!shop.tmp_*'],
    });
    expect(logArguments({ ...input, spec: everything, clusterTls: true, command: 'log-start' })).toEqual([
      'log',
      'start',
      '--task-name=orders',
      '--pd=basic-pd.tidb:2379',
      '--ca=/var/lib/cluster-client-tls/ca.crt',
      '--cert=/var/lib/cluster-client-tls/tls.crt',
      '--key=/var/lib/cluster-client-tls/tls.key',
      '--log-level=debug',
      '--status-addr=0.0.0.0:8080',
      '--send-credentials-to-tikv=false',
      '--storage=s3://backups?force-path-style=false',
      '--s3.region=eu-west-1',
      '--s3.provider=minio',
      '--s3.endpoint=https://minio.example:9000',
      '--s3.sse=AES256',
      '--s3.acl=private',
      '--s3.storage-class=STANDARD',
      '--filter',
      'shop.*',
      '--filter',
      '!shop.tmp_*',
      '--concurrency=4',
      '--ratelimit=100',
      '--timeago=1h',
      '--checksum=true',
      '--check-requirements=false',
      '--lastbackupts=1',
      '--log-level=warn',
    ]);
  });

  test.each([
    [
      { gcs: { projectId: 'shop', bucket: 'backups', storageClass: 'NEARLINE', objectAcl: 'private' } },
      ['--storage=gcs://backups/', '--gcs.storage-class=NEARLINE', '--gcs.predefined-acl=private'],
    ],
    [
      { azblob: { container: 'backups', prefix: 'orders', accessTier: 'Hot' } },
      ['--storage=azure://backups/orders/', '--azblob.access-tier=Hot'],
    ],
    [
      { azblob: { container: 'backups', storageAccount: 'shop', sasToken: 'sv=1&sig=a/b' } },
      ['--storage=azure://backups/?account-name=shop&sas-token=sv%3D1%26sig%3Da%2Fb'],
    ],
    [
      {
        local: { volume: { name: 'nfs' }, volumeMount: { name: 'nfs', mountPath: '/nfs' }, prefix: 'orders' },
      },
      ['--storage=local:///nfs/orders'],
    ],
    [
      { backupType: 'table', br: { cluster: 'basic', db: 'shop', table: 'orders' } },
      ['--table=orders', '--db=shop'],
    ],
    [{ backupType: 'db', br: { cluster: 'basic', db: 'shop' } }, ['--db=shop']],
  ])('of %o ends in its storage and tables', (more, args) => {
    const other = BrSpec.parse({ br: { cluster: 'basic' }, ...more });
    expect(logArguments({ ...input, spec: other, command: 'log-pause' })).toEqual([
      'log',
      'pause',
      '--task-name=orders',
      '--pd=basic-pd.prod:2379',
      ...args,
    ]);
  });

  test.each([undefined, '', '0'])(
    'of log-truncate without a point to truncate to (%o) is refused',
    (truncateUntil) => {
      expect(() => logArguments({ ...input, command: 'log-truncate', truncateUntil })).toThrow(
        /needs a timestamp/,
      );
    },
  );
});
