import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runSnapshotBackup } from '../../src/backup-manager/snapshot-backup.js';
import { backupReference } from '../../src/kubernetes/backups.js';
import { BACKUPS } from '../../src/kubernetes/resources.js';
import {
  condition,
  contend,
  ENDS_ON_SIGTERM,
  recordOf,
  recordsItself,
  startManagerWorld,
  time,
  WAITS,
  type ManagerWorld,
} from './manager-world.js';

let world: ManagerWorld;
beforeAll(async () => {
  world = await startManagerWorld();
}, 120_000);
afterAll(() => world?.stop());

async function createBackup(name: string, more: { spec?: object; status?: object } = {}): Promise<void> {
  const spec = { br: { cluster: 'basic' }, s3: { provider: 'aws', bucket: 'backups' }, ...more.spec };
  await world.create(BACKUPS, name, { spec, status: more.status });
}

/** Takes one snapshot in this process. */
async function run(name: string, script?: string, stopping?: AbortSignal): Promise<boolean> {
  return runSnapshotBackup(
    { namespace: 'shop', backupName: name, clusterTls: false },
    await world.surroundings(name, { script, stopping }),
  );
}

const scheduled = { type: 'Scheduled', status: 'True', lastTransitionTime: '2026-11-21T10:00:00Z' };

test('a snapshot that succeeds is Complete, with path, moment, size, duration and the whole course', async () => {
  await createBackup('taken', { status: { phase: 'Scheduled', conditions: [scheduled] } });
  expect(await run('taken')).toBe(true);
  expect((await world.backup('taken')).status).toStrictEqual({
    phase: 'Complete',
    backupPath: 's3://backups',
    commitTs: expect.stringMatching(/^\d{18}$/),
    timeStarted: time,
    timeCompleted: time,
    timeTaken: expect.stringMatching(/^\d+s$/),
    backupSize: 1_572_864,
    backupSizeReadable: '1.6 MB',
    conditions: [scheduled, condition('Prepare'), condition('Running'), condition('Complete')],
    progresses: [{ step: 'Full Backup', progress: 100, lastTransitionTime: time }],
  });
});

test.each(['Prepare', 'Running'])(
  'a pod that follows one that got as far as %s says so, and begins its progress anew',
  async (phase) => {
    const name = `follows-${phase.toLowerCase()}`;
    const progresses = [{ step: 'Full Backup', progress: 90 }];
    await createBackup(name, { status: { phase, conditions: [{ ...scheduled, type: phase }], progresses } });
    expect(await run(name, 'process.exitCode = 1')).toBe(false);
    const { status } = await world.backup(name);
    expect(status.conditions?.map(({ type }) => type).sort()).toEqual([
      'Failed',
      'Prepare',
      'Restart',
      'Running',
    ]);
    expect(status.phase).toBe('Failed');
    expect(status['progresses']).toBeUndefined();
  },
);

test('a BR that fails ends in Failed with its words, without secrets', async () => {
  await createBackup('refused');
  const script = `console.error('Error: AccessDenied for secret_key=hunter2'); process.exitCode = 1;`;
  expect(await run('refused', script)).toBe(false);
  const { status } = await world.backup('refused');
  expect(status.phase).toBe('Failed');
  expect(status.conditions?.at(-1)).toStrictEqual({
    ...condition('Failed'),
    reason: 'BackupDataToRemoteFailed',
    message: 'BR exited with code 1: AccessDenied for secret_key=[redacted]',
  });
  expect(status.commitTs).toBeUndefined();
});

test.each([
  ['no storage', { s3: null }, /names no storage/],
  ['a type that BR has not', { backupType: 'raw' }, /spec.backupType "raw"/],
] as const)('with %s it is Failed before BR is started', async (what, spec, message) => {
  const name = what.replaceAll(' ', '-').toLowerCase();
  await createBackup(name, { spec });
  expect(await run(name, 'process.exitCode = 9')).toBe(false);
  expect((await world.backup(name)).status.conditions).toMatchObject([
    { type: 'Failed', message: expect.stringMatching(message) },
  ]);
});

test('a pod that is asked to end while it starts says so, and starts no BR', async () => {
  await createBackup('ended');
  expect(await run('ended', recordsItself('ended', world.folder), AbortSignal.abort())).toBe(false);
  expect((await world.backup('ended')).status.conditions).toMatchObject([
    { type: 'Failed', message: 'stopped by SIGTERM before BR was started' },
  ]);
  await expect(recordOf('ended', world.folder)).rejects.toThrow('ENOENT');
});

test('a success is not lost to a writer that changes the Backup all the time', async () => {
  await createBackup('contended');
  const contention = contend(world.api, backupReference({ namespace: 'shop', name: 'contended' }));
  const succeeded = await run('contended').finally(contention.stop);
  const writes = await contention.writes;
  expect(succeeded).toBe(true);
  const { status, metadata } = await world.backup('contended');
  expect(status.conditions?.map(({ type }) => type)).toEqual(['Prepare', 'Running', 'Complete']);
  expect(metadata.annotations).toEqual({ writes: String(writes) });
});

describe('the program', () => {
  const args = (name: string) => ['backup', '--namespace=shop', `--backupName=${name}`, '--mode=snapshot'];

  test('runs with the rights of its ServiceAccount, and SIGTERM ends in a written Failed and exit code 1', async () => {
    await createBackup('stopped');
    const script = `${ENDS_ON_SIGTERM} ${WAITS} console.log('BR is ready');`;
    const manager = world.start(args('stopped'), {
      KUBECONFIG: world.podKubeconfig,
      HOLDFAST_BR_BIN: await world.br('stopped', script),
    });
    await manager.prints('BR is ready');
    manager.kill('SIGTERM');
    expect(await manager.ended).toBe(1);
    const { status } = await world.backup('stopped');
    expect(status.conditions?.at(-1)?.message).toBe(
      'stopped by SIGTERM; BR exited with code 1: context canceled',
    );
  });

  test('passes TLS and the moment on, and secrets only through the environment', async () => {
    await createBackup('secret', {
      spec: { s3: { provider: 'aws', bucket: 'backups', secretName: 'keys' } },
    });
    const manager = world.start(
      [...args('secret'), '--cluster-tls=true', '--commit-ts=4545', '--tikvVersion=v8.5.1'],
      {
        KUBECONFIG: world.podKubeconfig,
        HOLDFAST_BR_BIN: await world.br('secret', recordsItself('secret', world.folder)),
        AWS_SECRET_ACCESS_KEY: 'hunter2hunter2',
      },
    );
    expect(await manager.ended).toBe(0);
    expect(await recordOf('secret', world.folder)).toEqual({
      args: [
        'backup',
        'full',
        '--backupts=4545',
        '--pd=basic-pd.shop:2379',
        '--ca=/var/lib/cluster-client-tls/ca.crt',
        '--cert=/var/lib/cluster-client-tls/tls.crt',
        '--key=/var/lib/cluster-client-tls/tls.key',
        '--storage=s3://backups',
        '--s3.provider=aws',
      ],
      key: 'hunter2hunter2',
    });
    expect(manager.printed()).not.toContain('hunter2');
    expect((await world.backup('secret')).status).toMatchObject({ phase: 'Complete', commitTs: '4545' });
  });
});
