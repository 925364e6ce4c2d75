import { describe, expect, test } from 'vitest';
import { snapshotArguments } from '../../src/backup-manager/snapshot-arguments.js';
import { BrSpec } from '../../src/domain/backup/br-spec.js';

const spec = BrSpec.parse({
  br: { cluster: 'basic' },
  s3: { provider: 'aws', bucket: 'backups', prefix: 'daily' },
});
const input = { namespace: 'prod', spec, clusterTls: false };
const common = ['--pd=basic-pd.prod:2379', '--storage=s3://backups/daily', '--s3.provider=aws'];

describe('the command line of a snapshot backup', () => {
  test.each([
    ['of everything', {}, undefined, ['backup', 'full', ...common]],
    ['of no moment', {}, '0', ['backup', 'full', ...common]],
    ['of a moment', {}, '4545', ['backup', 'full', '--backupts=4545', ...common]],
    [
      'of a database',
      { backupType: 'db', br: { cluster: 'basic', db: 'shop' } },
      undefined,
      ['backup', 'db', ...common, '--db=shop'],
    ],
    [
      'of a table',
      { backupType: 'table', br: { cluster: 'basic', db: 'shop', table: 'orders' } },
      '4545',
      ['backup', 'table', '--backupts=4545', ...common, '--table=orders', '--db=shop'],
    ],
    [
      'with options, which are last, and nothing that only a restore knows',
      { br: { cluster: 'basic', concurrency: 4, timeAgo: '1h', onLine: true, options: ['--concurrency=8'] } },
      undefined,
      ['backup', 'full', ...common, '--concurrency=4', '--timeago=1h', '--concurrency=8'],
    ],
  ])('%s', (_what, more, commitTs, args) => {
    expect(snapshotArguments({ ...input, spec: BrSpec.parse({ ...spec, ...more }), commitTs })).toEqual(args);
  });

  test.each(['raw', 'tiflash-replica', '-h'])('is refused for backupType %s', (backupType) => {
    const other = BrSpec.parse({ ...spec, backupType });
    expect(() => snapshotArguments({ ...input, spec: other })).toThrow(
      `spec.backupType "${backupType}" is not known: it is one of full, db, table`,
    );
  });
});
