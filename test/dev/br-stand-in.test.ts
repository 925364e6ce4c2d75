import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';

const program = fileURLToPath(new URL('../../dev/br-stand-in/br.mjs', import.meta.url));
const NOTICE = 'This is a stand-in for BR, for development only: it moves no data.';
const LOG_START = [
  'log',
  'start',
  '--task-name=demo',
  '--pd=basic-pd.default:2379',
  '--storage=s3://bucket/prefix',
];

interface Outcome {
  br?: string;
  brSeconds?: number;
}

function br(args: readonly string[], outcome?: Outcome) {
  const env = outcome === undefined ? {} : { HOLDFAST_BR_STAND_IN: JSON.stringify(outcome) };
  return execa(program, args, { reject: false, env });
}

describe('the stand-in of BR', () => {
  test('starts a log backup and prints the task as BR does', async () => {
    const { stdout, stderr, exitCode } = await br([...LOG_START, '--start-ts=454512345678901248']);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    expect(stdout.split('\n')[0]).toBe(NOTICE);
    expect(stdout).toMatch(
      /^\[\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d{3} [+-]\d\d:\d\d\] \[INFO\] \[collector\.go:77\] \["log start"\] \[streamTaskInfo="\{taskName=demo,startTs=454512345678901248,endTS=999999999999999999,tableFilter=\*\.\*\}"\] \[pausing=false\] \[rangeCount=2\]$/m,
    );
    expect(stdout).toContain('["log start success summary"]');
  });

  test('takes a start TS of now where none is given', async () => {
    const { stdout } = await br(LOG_START);
    const startTs = BigInt(/startTs=(\d+)/.exec(stdout)?.[1] ?? 0);
    expect(Math.abs(Number(startTs >> 18n) - Date.now())).toBeLessThan(60_000);
  });

  test.each([
    ['storage-error', 'SlowDown: Please reduce your request rate.'],
    ['credentials', 'InvalidAccessKeyId: The AWS Access Key Id you provided does not exist in our records.'],
    ['access-denied', 'AccessDenied: Access Denied'],
    ['bucket-missing', 'NoSuchBucket: The specified bucket does not exist'],
    ['task-exists', 'It supports single stream log task currently: [BR:Stream:ErrStreamLogTaskExist]'],
    ['task-missing', 'no such task demo: [BR:PiTR:ErrTaskNotFound]task not found'],
    ['version-mismatch', '[BR:Common:ErrVersionMismatch]version mismatch'],
    ['locked', 'The existing lock will expire in 271 seconds.'],
    ['network', 'dial tcp 203.0.113.10:443: i/o timeout'],
    ['no-space', 'no space left on device'],
  ])('fails on demand as BR does: %s', async (name, text) => {
    const { stdout, stderr, exitCode } = await br(LOG_START, { br: name });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Error: ');
    expect(stderr).toContain(text);
    expect(stdout).toContain('["log start failed summary"]');
    expect(stdout).toMatch(/\[ERROR\] \[main\.go:38\] \["br failed"\] \[error="/);
  });

  test('refuses a start where the task is ours, and then lists it', async () => {
    const script = { br: 'task-ours' };
    expect((await br(LOG_START, script)).stderr).toContain('[BR:Stream:ErrStreamLogTaskExist]');
    const asked = ['log', 'status', '--task-name=demo', '--json', '--pd=p:2379', '--storage=s3://b/p'];
    const { stdout, exitCode } = await br(asked, script);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\[\{"name":"demo","start_ts":\d{18},.*"storage":"s3:\/\/b\/p"\}\]$/m);
  });

  test('dies by SIGKILL when it is to crash', async () => {
    expect((await br(LOG_START, { br: 'crash' })).signal).toBe('SIGKILL');
  });

  test('hangs until it is told to end, says so and fails', async () => {
    const running = execa(program, LOG_START, {
      reject: false,
      env: { HOLDFAST_BR_STAND_IN: '{"br":"hang"}' },
    });
    await once(running.stdout, 'data');
    running.kill('SIGTERM');
    const { stdout, stderr, exitCode } = await running;
    expect(exitCode).toBe(1);
    expect(stdout).toContain('Got signal [terminated] to exit.');
    expect(stderr).toContain('Error: context canceled');
  });

  test('takes as long as it is told', async () => {
    const startedMs = performance.now();
    await br(LOG_START, { brSeconds: 0.4 });
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(400);
  });

  test('refuses a command line without what BR needs, naming all of it', async () => {
    const { stderr, exitCode } = await br(['log', 'start', '--pd', 'pd:2379']);
    expect(exitCode).toBe(1);
    expect(stderr).toBe('Error: required flag(s) "task-name", "storage" not set');
    expect((await br(['log', 'jump'])).stderr).toBe('Error: unknown command "log jump" for "br"');
  });

  test('refuses a script that names no known outcome', async () => {
    const { stderr, exitCode } = await br(LOG_START, { br: 'banana' });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('unknown outcome "banana"');
  });

  test.each([
    [['log', 'stop', '--task-name=demo', '--pd=pd:2379'], 'log stop success summary'],
    [['log', 'pause', '--task-name=demo', '--pd=pd:2379'], 'log pause success summary'],
    [['log', 'resume', '--task-name=demo', '--pd=pd:2379'], 'log resume success summary'],
    [['log', 'truncate', '--until=1', '--storage=s3://b', '--pd=pd:2379'], 'BR operation started'],
    [['log', 'status', '--pd=pd:2379'], 'Total 0 Tasks'],
    [['backup', 'full', '--pd=pd:2379', '--storage=s3://b'], 'Full Backup success summary'],
    [['restore', 'point', '-u', 'pd:2379', '-s', 's3://b', '--restored-ts', '7'], '[source-end-point=7]'],
    [
      ['restore', 'point', '-u', 'pd:2379', '-s', 's3://b', '--restore-phase=1'],
      'Full Restore success summary',
    ],
    [['abort', 'restore', 'full', '--pd=pd:2379', '--storage=s3://b'], 'aborted'],
  ])('knows %j', async (args, text) => {
    const { stdout, exitCode } = await br(args);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(text);
  });

  test('refuses to keep newest versions only where the compaction is incomplete, and nothing else', async () => {
    const args = ['restore', 'point', '--pd=pd:2379', '--storage=s3://b', '--restore-phase=2'];
    const script = { br: 'compaction-incomplete' };
    expect((await br(args, script)).exitCode).toBe(0);
    const refused = await br([...args, '--retain-latest-mvcc-version'], script);
    expect(refused.stderr).toContain('retain-latest-mvcc-version requires compact-log-backup compactions');
  });

  test('knows two halves of a replication restore, and no third', async () => {
    const { stderr } = await br(['restore', 'point', '--pd=p', '--storage=s3://b', '--restore-phase=3']);
    expect(stderr).toBe('Error: invalid restore phase 3: it is 1 or 2');
  });

  test('prints nothing but the notice and base64 for operator base64ify', async () => {
    const { stdout } = await br(['operator', 'base64ify', '--storage=s3://b']);
    expect(stdout.split('\n')).toEqual([NOTICE, expect.stringMatching(/^[A-Za-z0-9+/=]+$/)]);
  });
});
