import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitUntil } from '../../dev/processes/readiness.js';
import { runRestore, type RunRestoreOptions } from '../../src/backup-manager/run-restore.js';
import { Restore } from '../../src/domain/replication/restore.js';
import { RESTORES } from '../../src/kubernetes/resources.js';
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
  type RunWishes,
} from './manager-world.js';

let world: ManagerWorld;
beforeAll(async () => {
  world = await startManagerWorld();
}, 120_000);
afterAll(() => world?.stop());

const reference = (name: string) => ({ resource: RESTORES, namespace: 'shop', name });

async function createRestore(name: string, more: { spec?: object; status?: object } = {}): Promise<void> {
  const spec = {
    restoreMode: 'pitr',
    br: { cluster: 'basic' },
    s3: { provider: 'aws', bucket: 'backups', prefix: 'log' },
    pitrFullBackupStorageProvider: { s3: { provider: 'aws', bucket: 'backups', prefix: 'full' } },
    ...more.spec,
  };
  await world.create(RESTORES, name, { spec, status: more.status });
}

async function current(name: string): Promise<Restore> {
  return Restore.parse(await world.api.get(reference(name)));
}

interface RunMore extends Pick<RunWishes, 'api' | 'stopping'> {
  readonly options?: Partial<RunRestoreOptions>;
  readonly standIn?: object;
}

/** Runs one restore in this process. */
async function run(
  name: string,
  script: string | undefined,
  { options, standIn, ...more }: RunMore = {},
): Promise<boolean> {
  const env = standIn === undefined ? {} : { HOLDFAST_BR_STAND_IN: JSON.stringify(standIn) };
  return runRestore(
    { namespace: 'shop', restoreName: name, mode: 'pitr', abort: false, clusterTls: false, ...options },
    await world.surroundings(name, { script, env, ...more }),
  );
}

const phase = (number: 1 | 2, retainLatestMvccVersion = true) => ({
  replication: { phase: number, retainLatestMvccVersion, flagNames: 'restore-phase' as const },
});

test('a restore to a point in time ends in Complete with its whole course', async () => {
  await createRestore('completed');
  expect(await run('completed', undefined, { options: { pitrRestoredTs: '454500000000000001' } })).toBe(true);
  expect((await current('completed')).status).toStrictEqual({
    phase: 'Complete',
    commitTs: '454500000000000001',
    timeStarted: time,
    timeCompleted: time,
    timeTaken: expect.stringMatching(/^\d+s$/),
    conditions: [condition('Running'), condition('Complete')],
    progresses: [{ step: 'Point Restore', progress: 100, lastTransitionTime: time }],
    brOperations: [{ operationID: expect.any(String), command: 'restore point', observedAt: time }],
  });
});

test('a snapshot restore says the moment of the snapshot', async () => {
  await createRestore('snapshot', { spec: { restoreMode: 'snapshot' } });
  expect(await run('snapshot', undefined, { options: { mode: 'snapshot' } })).toBe(true);
  expect((await current('snapshot')).status).toMatchObject({
    phase: 'Complete',
    commitTs: expect.stringMatching(/^\d{18}$/),
  });
});

describe('a replication restore', () => {
  const status = {
    phase: 'SnapshotRestore',
    replicationStep: 'snapshot-restore',
    timeStarted: '2026-11-21T10:00:00Z',
    conditions: [{ type: 'SnapshotRestore', status: 'True' }],
  };

  test.each([
    ['succeeds', {}, true],
    ['fails', { br: 'network' }, false],
  ])('writes nothing while its snapshot is restored, which %s', async (what, standIn, succeeded) => {
    const name = `snapshot-half-${what}`;
    await createRestore(name, { status });
    const before = await current(name);
    expect(await run(name, undefined, { options: phase(1), standIn })).toBe(succeeded);
    expect(await current(name)).toStrictEqual(before);
  });

  test('writes Running and Complete while its log is restored, and keeps step, markers and beginning', async () => {
    const markers = ['SnapshotRestored', 'CompactSettled', 'LogRestore'].map((type) => ({
      type,
      status: 'True',
    }));
    await createRestore('log-half', {
      status: { ...status, phase: 'LogRestore', replicationStep: 'log-restore', conditions: markers },
    });
    expect(await run('log-half', undefined, { options: phase(2) })).toBe(true);
    const end = await current('log-half');
    expect(end.status).toMatchObject({
      phase: 'Complete',
      replicationStep: 'log-restore',
      timeStarted: '2026-11-21T10:00:00Z',
      conditions: [...markers, { type: 'Running' }, { type: 'Complete' }],
    });
    expect(end.status.timeTaken).toMatch(/^\d+h\d+m\d+s$/);
  });

  test('keeps all versions where the compaction is incomplete, which BR accepts', async () => {
    await createRestore('incomplete');
    const standIn = { br: 'compaction-incomplete' };
    expect(await run('incomplete', undefined, { options: phase(2), standIn })).toBe(false);
    expect((await current('incomplete')).status.conditions?.at(-1)?.message).toContain('complete shards');
    await createRestore('fallback');
    expect(await run('fallback', undefined, { options: phase(2, false), standIn })).toBe(true);
  });
});

test('a BR that fails ends in Failed with its words, without secrets', async () => {
  await createRestore('refused');
  const script = `console.error('Error: AccessDenied for secret_key=hunter2'); process.exitCode = 1;`;
  expect(await run('refused', script)).toBe(false);
  const { status } = await current('refused');
  expect(status.phase).toBe('Failed');
  expect(status.conditions?.at(-1)).toStrictEqual({
    ...condition('Failed'),
    reason: 'RestoreDataFromRemoteFailed',
    message: 'BR exited with code 1: AccessDenied for secret_key=[redacted]',
  });
});

test('a failure is not final where Kubernetes starts the pod again, and the next pod can succeed', async () => {
  await createRestore('again', { spec: { backoffLimit: 1 } });
  expect(await run('again', `console.error('Error: i/o timeout'); process.exitCode = 1;`)).toBe(false);
  const { status } = await current('again');
  expect(status.phase).toBe('Running');
  expect(status.conditions).toStrictEqual([
    {
      ...condition('Running'),
      reason: 'RestoreDataFromRemoteFailed',
      message: 'BR exited with code 1: i/o timeout',
    },
  ]);
  expect(await run('again', undefined)).toBe(true);
  expect((await current('again')).status.conditions).toStrictEqual([
    condition('Running'),
    condition('Complete'),
  ]);
});

test.each([
  ['no storage', { s3: null }, /names no storage/],
  ['a block of a wrong shape', { br: { cluster: 'basic', concurrency: 'many' } }, /spec\.br\.concurrency/],
  ['no beginning', { pitrFullBackupStorageProvider: null }, /needs spec.pitrFullBackupStorageProvider/],
] as const)('with %s it is Failed before BR is started', async (what, spec, message) => {
  const name = what.replaceAll(' ', '-');
  await createRestore(name, { spec });
  expect(await run(name, 'process.exitCode = 9')).toBe(false);
  expect((await current(name)).status.conditions).toMatchObject([
    { type: 'Failed', message: expect.stringMatching(message) },
  ]);
});

describe('cleaning up after a failed restore', () => {
  const failed = {
    phase: 'Failed',
    conditions: [{ type: 'Failed', status: 'True', reason: 'LogRestoreFailed' }],
  };
  const usage = `console.log('Usage:'); console.log('  br [command]');`;
  test.each([
    ['done', undefined, ['PruneComplete', 'PruneJobComplete']],
    [
      'refused',
      `console.error('Error: task is running'); process.exit(1);`,
      ['PruneFailed', 'BRAbortFailed'],
    ],
    ['unknown', usage, ['PruneFailed', 'CommandNotFound']],
  ])('ends in the words of TiDB Operator: %s', async (what, script, [type, reason]) => {
    const name = `prune-${what}`;
    await createRestore(name, { status: failed });
    expect(await run(name, script, { options: { abort: true, ...phase(1) } })).toBe(type === 'PruneComplete');
    const { status } = await current(name);
    expect(status.phase).toBe(type);
    expect(status.conditions).toMatchObject([
      { type: 'Failed', reason: 'LogRestoreFailed' },
      { type: 'PruneRunning', reason: 'PruneJobStarted' },
      { type, reason },
    ]);
  });

  test('is not given up where Kubernetes starts the pod again', async () => {
    await createRestore('prune-again', { status: failed, spec: { backoffLimit: 1 } });
    const script = `console.error('Error: i/o timeout'); process.exitCode = 1;`;
    expect(await run('prune-again', script, { options: { abort: true } })).toBe(false);
    expect((await current('prune-again')).status).toMatchObject({
      phase: 'PruneRunning',
      conditions: [
        { type: 'Failed' },
        { type: 'PruneRunning', message: 'BR exited with code 1: i/o timeout' },
      ],
    });
    expect(await run('prune-again', undefined, { options: { abort: true } })).toBe(true);
    expect((await current('prune-again')).status.phase).toBe('PruneComplete');
  });

  test('ends in PruneFailed where it cannot begin', async () => {
    await createRestore('prune-nowhere', { status: failed, spec: { s3: null } });
    expect(await run('prune-nowhere', undefined, { options: { abort: true } })).toBe(false);
    expect((await current('prune-nowhere')).status.conditions?.at(-1)).toMatchObject({
      type: 'PruneFailed',
      reason: 'ConstructArgsFailed',
    });
  });
});

test.each([
  ['restore', {}, 'Failed'],
  ['snapshot half', phase(1), undefined],
  ['log half', phase(2), 'Failed'],
  ['cleaning up', { abort: true }, 'PruneFailed'],
])(
  'a pod that is asked to end while it starts says so, and starts no BR: %s',
  async (what, options, wanted) => {
    const name = `ended-${what.replace(' ', '-')}`;
    await createRestore(name);
    const script = recordsItself(name, world.folder);
    expect(await run(name, script, { options, stopping: AbortSignal.abort() })).toBe(false);
    const { status } = await current(name);
    expect(status.phase).toBe(wanted);
    expect(status.conditions?.map(({ type, message }) => `${type}: ${message ?? ''}`)).toEqual(
      wanted === undefined ? undefined : [`${wanted}: stopped by SIGTERM before BR was started`],
    );
    await expect(recordOf(name, world.folder)).rejects.toThrow('ENOENT');
  },
);

test('a success is not lost to a writer that changes the Restore all the time', async () => {
  await createRestore('contended');
  const contention = contend(world.api, reference('contended'));
  const succeeded = await run('contended', undefined, { options: phase(2) }).finally(contention.stop);
  const writes = await contention.writes;
  expect(succeeded).toBe(true);
  const { status, metadata } = await current('contended');
  expect(status.phase).toBe('Complete');
  expect(status.conditions?.map(({ type }) => type)).toEqual(['Running', 'Complete']);
  expect(metadata.annotations).toEqual({ writes: String(writes) });
});

test('a Restore that was deleted and made anew is not written by the pod of the old one', async () => {
  await createRestore('replaced');
  const old = await current('replaced');
  const stopping = new AbortController();
  const outcome = run('replaced', WAITS, { stopping: stopping.signal }).then(String, String);
  await reachesPhase('replaced', 'Running');
  await world.api.delete(reference('replaced'), { uid: old.metadata.uid, propagationPolicy: 'Background' });
  await createRestore('replaced');
  stopping.abort();
  expect(await outcome).toBe('StatusOwnerGone: Restore shop/replaced was deleted');
  expect((await current('replaced')).status).toEqual({});
});

describe('the program', () => {
  const target = (name: string) => ['restore', '--namespace=shop', `--restoreName=${name}`];

  test('runs with the rights of its ServiceAccount, and SIGTERM ends in a written Failed and exit code 1', async () => {
    await createRestore('stopped');
    const script = `${ENDS_ON_SIGTERM} ${WAITS} console.log('BR is ready');`;
    const manager = world.start([...target('stopped'), '--mode=pitr', '--replicationPhase=2'], {
      KUBECONFIG: world.podKubeconfig,
      HOLDFAST_BR_BIN: await world.br('stopped', script),
    });
    await manager.prints('BR is ready');
    manager.kill('SIGTERM');
    expect(await manager.ended).toBe(1);
    const { status } = await current('stopped');
    expect(status.phase).toBe('Failed');
    expect(status.conditions?.at(-1)?.message).toBe(
      'stopped by SIGTERM; BR exited with code 1: context canceled',
    );
  });

  test('shows the progress of BR while it runs, and in its first half nothing', async () => {
    const line = `console.log('[2026/11/21 10:31:30.123 +00:00] [INFO] [progress.go:160] [progress] [step="Log Restore"] [progress=42.50%]');`;
    const br = await world.br('advancing', `${ENDS_ON_SIGTERM} ${WAITS} ${line}`);
    const env = { KUBECONFIG: world.podKubeconfig, HOLDFAST_BR_BIN: br };
    await createRestore('advancing');
    await createRestore('silent');
    const advancing = world.start([...target('advancing'), '--mode=pitr', '--replicationPhase=2'], env);
    const silent = world.start([...target('silent'), '--mode=pitr', '--replicationPhase=1'], env);
    await waitUntil({
      what: 'the progress should be shown',
      timeoutMs: 60_000,
      attempt: async () => (await current('advancing')).status['progresses'] !== undefined,
    });
    expect((await current('advancing')).status['progresses']).toStrictEqual([
      { step: 'Log Restore', progress: 42.5, lastTransitionTime: time },
    ]);
    expect((await current('silent')).status).toEqual({});
    for (const manager of [advancing, silent]) manager.kill('SIGTERM');
    await Promise.all([advancing.ended, silent.ended]);
  });

  test('leaves secrets to the environment of BR, and out of its own log', async () => {
    await createRestore('secret', {
      spec: { s3: { provider: 'aws', bucket: 'backups', secretName: 'keys' } },
    });
    const script = `${recordsItself('secret', world.folder)}
      console.log('using AWS_SECRET_ACCESS_KEY=' + process.env.AWS_SECRET_ACCESS_KEY);`;
    const manager = world.start([...target('secret'), '--mode=pitr', '--pitrRestoredTs=45'], {
      KUBECONFIG: world.podKubeconfig,
      HOLDFAST_BR_BIN: await world.br('secret', script),
      AWS_ACCESS_KEY_ID: 'a-key-id',
      AWS_SECRET_ACCESS_KEY: 'hunter2hunter2',
    });
    expect(await manager.ended).toBe(0);
    expect(await recordOf('secret', world.folder)).toEqual({
      args: [
        'restore',
        'point',
        '--pd=basic-pd.shop:2379',
        '--storage=s3://backups',
        '--s3.provider=aws',
        '--restored-ts=45',
        '--full-backup-storage=s3://backups/full',
      ],
      key: 'hunter2hunter2',
    });
    expect(manager.printed()).toContain('using AWS_SECRET_ACCESS_KEY=[redacted]');
    expect(manager.printed()).not.toContain('hunter2');
    expect(JSON.stringify(await current('secret'))).not.toContain('hunter2');
  });

  test.each([
    ['no flags', ['restore'], {}, 2, /required option/],
    [
      'a third half',
      [...target('absent'), '--mode=pitr', '--replicationPhase=3'],
      {},
      2,
      /choices are 0, 1, 2/,
    ],
    [
      'no half at all',
      [...target('absent'), '--mode=pitr', '--replicationPhase='],
      {},
      2,
      /choices are 0, 1, 2/,
    ],
    [
      'half a snapshot',
      [...target('absent'), '--mode=snapshot', '--replicationPhase=1'],
      {},
      2,
      /needs --mode=pitr/,
    ],
    [
      'an unknown generation of BR',
      [...target('absent'), '--mode=pitr', '--replicationPhase=1'],
      { HOLDFAST_BR_REPLICATION_FLAGS: 'banana' },
      2,
      /HOLDFAST_BR_REPLICATION_FLAGS is "banana"/,
    ],
    ['a mode that is not supported', [...target('absent'), '--mode=volume-snapshot'], {}, 2, /not supported/],
    ['help', ['restore', '--help'], {}, 0, /--replicationPhase/],
    [
      'every flag and a Restore that does not exist',
      [
        ...target('absent'),
        '--abort=true',
        '--tikvVersion=v8.5.1',
        '--mode=pitr',
        '--pitrRestoredTs=45',
        '--cluster-tls=true',
        '--client-tls=true',
        '--skipClientCA=true',
        '--replicationPhase=0',
        '--replicationRetainLatestMVCCVersion=false',
      ],
      {},
      1,
      /Restore shop\/absent does not exist/,
    ],
  ])('ends with the right code: %s', async (_what, args, env, code, text) => {
    const manager = world.start(args, { KUBECONFIG: world.adminKubeconfig, ...env });
    expect(await manager.ended).toBe(code);
    expect(manager.printed()).toMatch(text);
  });
});

async function reachesPhase(name: string, wanted: string): Promise<void> {
  await waitUntil({
    what: `Restore ${name} should be ${wanted}`,
    timeoutMs: 60_000,
    attempt: async () => (await current(name)).status.phase === wanted,
  });
}
