import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitUntil } from '../../dev/processes/readiness.js';
import { runLogBackup, type LogBackupOptions } from '../../src/backup-manager/log-backup.js';
import { ApiFailure } from '../../src/kubernetes/api-failure.js';
import type { KubernetesApi } from '../../src/kubernetes/api.js';
import { backupReference } from '../../src/kubernetes/backups.js';
import { BACKUPS } from '../../src/kubernetes/resources.js';
import {
  condition,
  contend,
  ENDS_ON_SIGTERM,
  startManagerWorld,
  time,
  WAITS,
  type ManagerWorld,
  type RunWishes,
} from './manager-world.js';

const STARTED = `console.log('[INFO] ["log start"] [streamTaskInfo="{taskName=x,startTs=454500000000000001}"]');`;

let world: ManagerWorld;
let api: KubernetesApi;

beforeAll(async () => {
  world = await startManagerWorld();
  api = world.api;
}, 120_000);

afterAll(() => world?.stop());

async function createBackup(name: string, more: { spec?: object; status?: object } = {}): Promise<void> {
  const s3 = { provider: 'aws', bucket: 'backups' };
  const spec = { backupMode: 'log', br: { cluster: 'basic' }, s3, ...more.spec };
  await world.create(BACKUPS, name, { spec, status: more.status });
}

/** Runs one sub-command in this process. */
async function run(
  name: string,
  script: string,
  { options, ...more }: Pick<RunWishes, 'api' | 'stopping'> & { options?: Partial<LogBackupOptions> } = {},
): Promise<boolean> {
  return runLogBackup(
    { namespace: 'shop', backupName: name, command: 'log-start', clusterTls: false, ...options },
    await world.surroundings(name, { script, ...more }),
  );
}

test('a start that succeeds leaves the Backup Running, with path, commitTs and the whole course', async () => {
  await createBackup('started');
  expect(await run('started', STARTED)).toBe(true);
  expect((await world.backup('started')).status).toStrictEqual({
    phase: 'Running',
    backupPath: 's3://backups',
    commitTs: '454500000000000001',
    timeStarted: time,
    conditions: [condition('Prepare'), condition('Running')],
    logSubCommandStatuses: {
      'log-start': {
        command: 'log-start',
        phase: 'Complete',
        timeStarted: time,
        timeCompleted: time,
        conditions: [condition('Prepare'), condition('Running'), condition('Complete')],
      },
    },
  });
});

test('a BR that fails ends in Failed with its exit code and its error, without secrets', async () => {
  await createBackup('refused');
  expect(
    await run(
      'refused',
      `console.error('Error: AccessDenied for secret_key=hunter2'); process.exitCode = 1;`,
    ),
  ).toBe(false);
  const { status } = await world.backup('refused');
  expect(status.phase).toBe('Failed');
  expect(status.conditions?.at(-1)).toStrictEqual({
    ...condition('Failed'),
    reason: 'StartLogBackupFailed',
    message: 'BR exited with code 1: AccessDenied for secret_key=[redacted]',
  });
  expect(status.commitTs).toBeUndefined();
});

describe('what BR refuses because an earlier run had done it', () => {
  const REFUSED = `console.error('Error: allow only one running task: [BR:Stream:ErrStreamLogTaskExist]stream task already exists'); process.exit(1);`;
  /** Refuses a start, and knows these tasks. */
  const knowing = (tasks: string) =>
    `if (process.argv[3] === 'status' && process.argv.includes('--json')) { console.log('${tasks}'); process.exit(0); }\n${REFUSED}`;

  test('is a success where the task is ours, from when BR says, to the last digit', async () => {
    await createBackup('runs-already');
    const tasks = `[{"name":"runs-already","start_ts":454500000000000001,"storage":"s3://backups/","progress":[]}]`;
    expect(await run('runs-already', knowing(tasks))).toBe(true);
    expect((await world.backup('runs-already')).status).toMatchObject({
      phase: 'Running',
      commitTs: '454500000000000001',
      logSubCommandStatuses: { 'log-start': { phase: 'Complete' } },
    });
  });

  test.each([
    ['of-another', '[{"name":"another","start_ts":4545,"storage":"s3://backups"}]', /ErrStreamLogTaskExist/],
    [
      'elsewhere',
      '[{"name":"elsewhere","start_ts":4545,"storage":"s3://other/"}]',
      /writes to s3:\/\/other\/$/,
    ],
    ['unknown', '[]', /ErrStreamLogTaskExist/],
  ])('fails where the task is not ours: %s', async (name, tasks, message) => {
    await createBackup(name);
    expect(await run(name, knowing(tasks))).toBe(false);
    const { status } = await world.backup(name);
    expect(status.phase).toBe('Failed');
    expect(status.conditions?.at(-1)?.message).toMatch(message);
    expect(status.commitTs).toBeUndefined();
  });

  const noTask = (name: string) =>
    `console.error('Error: no such task ${name}: [BR:PiTR:ErrTaskNotFound]task not found'); process.exit(1);`;

  test('is a success where a task that was started is to be stopped', async () => {
    await createBackup('stopped-already', { status: { phase: 'Running', commitTs: '4545' } });
    const options = { command: 'log-stop' } as const;
    expect(await run('stopped-already', noTask('stopped-already'), { options })).toBe(true);
    expect((await world.backup('stopped-already')).status).toMatchObject({
      phase: 'Stopped',
      commitTs: '4545',
    });
  });

  test('fails where a task that is gone is to be paused', async () => {
    await createBackup('paused-too-late', { status: { phase: 'Running', commitTs: '4545' } });
    const options = { command: 'log-pause' } as const;
    expect(await run('paused-too-late', noTask('paused-too-late'), { options })).toBe(false);
  });
});

describe('each sub-command', () => {
  test.each([
    ['log-stop', {}, 'StopLogBackupFailed'],
    ['log-pause', {}, 'PauseLogBackupFailed'],
    ['log-resume', {}, 'ResumeLogBackupFailed'],
    ['log-truncate', { truncateUntil: '4545' }, 'TruncateLogBackupFailed'],
  ] as const)(
    '%s fails with its own reason and leaves the phase of the Backup alone',
    async (command, more, reason) => {
      await createBackup(`fails-${command}`, { status: { phase: 'Running' } });
      expect(await run(`fails-${command}`, 'process.exitCode = 2', { options: { command, ...more } })).toBe(
        false,
      );
      const { status } = await world.backup(`fails-${command}`);
      expect(status.phase).toBe('Running');
      expect(status.logSubCommandStatuses?.[command]).toMatchObject({
        phase: 'Failed',
        conditions: [
          { type: 'Prepare' },
          { type: 'Running' },
          { type: 'Failed', reason, message: 'BR exited with code 2' },
        ],
      });
    },
  );

  test('log-truncate that succeeds says until when', async () => {
    await createBackup('truncated', { status: { phase: 'Running' } });
    const options = { command: 'log-truncate', truncateUntil: '4545' } as const;
    expect(await run('truncated', '', { options })).toBe(true);
    expect((await world.backup('truncated')).status).toMatchObject({
      phase: 'Running',
      logSuccessTruncateUntil: '4545',
    });
  });

  test.each([
    ['no storage', { s3: null }, {}, /names no storage/],
    [
      'a block of a wrong shape',
      { br: { cluster: 'basic', concurrency: 'many' } },
      {},
      /spec\.br\.concurrency/,
    ],
    ['no timestamp to truncate to', {}, { command: 'log-truncate' }, /needs a timestamp/],
  ] as const)('with %s is Failed before BR is started', async (what, spec, options, message) => {
    const name = what.replaceAll(' ', '-');
    await createBackup(name, { spec });
    expect(await run(name, 'process.exitCode = 9', { options })).toBe(false);
    const command = 'command' in options ? options.command : 'log-start';
    const failed = (await world.backup(name)).status.logSubCommandStatuses?.[command]?.conditions?.at(-1);
    expect(failed).toMatchObject({ type: 'Failed', message: expect.stringMatching(message) });
  });
});

test('a pod that is asked to end while it starts says so', async () => {
  await createBackup('ended');
  expect(await run('ended', STARTED, { stopping: AbortSignal.abort() })).toBe(false);
  expect((await world.backup('ended')).status.conditions).toMatchObject([
    { type: 'Failed', message: 'stopped by SIGTERM before BR was started' },
  ]);
});

test('a success is not lost to a writer that changes the Backup all the time', async () => {
  await createBackup('contended');
  const contention = contend(api, backupReference({ namespace: 'shop', name: 'contended' }));
  const succeeded = await run('contended', STARTED).finally(contention.stop);
  const writes = await contention.writes;
  expect(succeeded).toBe(true);
  const { status, metadata } = await world.backup('contended');
  expect(status.logSubCommandStatuses?.['log-start']?.phase).toBe('Complete');
  expect(status.conditions).toHaveLength(2);
  expect(metadata.annotations).toEqual({ writes: String(writes) });
});

test('a Backup that was deleted and made anew is not written by the pod of the old one', async () => {
  await createBackup('replaced');
  const old = await world.backup('replaced');
  const stopping = new AbortController();
  const running = run('replaced', WAITS, { stopping: stopping.signal });
  const outcome = running.then(String, String);
  await reachesPhase('replaced', 'Running');
  const reference = backupReference({ namespace: 'shop', name: 'replaced' });
  await api.delete(reference, { uid: old.metadata.uid, propagationPolicy: 'Background' });
  await createBackup('replaced');
  stopping.abort();
  expect(await outcome).toBe('StatusOwnerGone: Backup shop/replaced was deleted');
  expect((await world.backup('replaced')).status).toEqual({});
});

describe('an API server that is away', () => {
  const unavailable = () =>
    new ApiFailure({ operation: 'patch', status: 503, message: 'try later', retryAfterMs: 10 });

  /** The real API server, behind one that loses the second write on its way there, or its answer on the way back. */
  function losing(what: 'the call' | 'the answer'): KubernetesApi {
    let writes = 0;
    return {
      ...api,
      mergePatch: async (reference, patch) => {
        writes += 1;
        if (writes !== 2) return api.mergePatch(reference, patch);
        if (what === 'the answer') await api.mergePatch(reference, patch);
        throw unavailable();
      },
    };
  }

  test.each(['the call', 'the answer'] as const)('is asked again when %s was lost', async (what) => {
    const name = `lost-${what.replace(' ', '-')}`;
    await createBackup(name);
    expect(await run(name, STARTED, { api: losing(what) })).toBe(true);
    const { status } = await world.backup(name);
    expect(status).toMatchObject({ phase: 'Running', commitTs: '454500000000000001' });
    expect(status.conditions?.map(({ type }) => type)).toEqual(['Prepare', 'Running']);
  });
});

describe('the program', () => {
  test('runs with the rights of its ServiceAccount, and SIGTERM ends in a written Failed and exit code 1', async () => {
    await createBackup('stopped');
    const script = `${ENDS_ON_SIGTERM} ${WAITS} console.log('BR is ready');`;
    const args = [
      'backup',
      '--namespace=shop',
      '--backupName=stopped',
      '--mode=log',
      '--subcommand=log-start',
    ];
    const manager = world.start(args, {
      KUBECONFIG: world.podKubeconfig,
      HOLDFAST_BR_BIN: await world.br('stopped', script),
    });
    await manager.prints('BR is ready');
    manager.kill('SIGTERM');
    expect(await manager.ended).toBe(1);
    const { status } = await world.backup('stopped');
    expect(status.phase).toBe('Failed');
    expect(status.conditions?.at(-1)?.message).toBe(
      'stopped by SIGTERM; BR exited with code 1: context canceled',
    );
  });

  const target = ['--namespace=shop', '--backupName=absent'];
  test.each([
    ['no flags', ['backup'], 2],
    ['an unknown flag', ['backup', ...target, '--mode=log', '--subcommand=log-start', '--future'], 2],
    ['an unknown sub-command', ['backup', ...target, '--mode=log', '--subcommand=log-unknown'], 2],
    ['a mode that is not supported', ['backup', ...target, '--mode=volume-snapshot'], 2],
    ['a log backup without sub-command', ['backup', ...target, '--mode=log'], 2],
    ['help', ['backup', '--help'], 0],
    ['a Backup that does not exist', ['backup', ...target, '--mode=log', '--subcommand=log-start'], 1],
  ])('ends with the right code: %s', async (_what, args, code) => {
    expect(await world.start(args, { KUBECONFIG: world.adminKubeconfig }).ended).toBe(code);
  });
});

async function reachesPhase(name: string, phase: string): Promise<void> {
  await waitUntil({
    what: `Backup ${name} should be ${phase}`,
    timeoutMs: 60_000,
    attempt: async () => (await world.backup(name)).status.phase === phase,
  });
}
