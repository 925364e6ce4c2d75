import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endMarkedPrograms, markedPrograms } from '../../src/database/program-mark.js';
import { isRunning } from '../../src/database/process-identity.js';
import { runTool, type ToolRun } from '../../src/database/run-tool.js';

let folder: { root: string; run: string };
beforeEach(async () => {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-tool-'));
  folder = { root, run: join(root, 'run') };
});
afterEach(async () => {
  await endMarkedPrograms(folder.root);
  await rm(folder.root, { recursive: true });
});

/** A shell stands for any program here. */
const shell = (script: string, more: Partial<ToolRun> = {}): ToolRun => ({
  program: 'sh',
  args: ['-c', script],
  folder,
  timeoutMs: 30_000,
  signal: new AbortController().signal,
  ...more,
});

test('a program ends with its exit code and both outputs, which are kept in a log of ours', async () => {
  const result = await runTool(shell('echo out; echo err >&2; exit 3', { logName: 'prepare' }));
  expect(result).toMatchObject({
    exitCode: 3,
    stdout: 'out\n',
    stderr: 'err\n',
    timedOut: false,
    missing: false,
  });
  expect(await readFile(join(folder.run, 'prepare.log'), 'utf8')).toContain('err');
  expect((await stat(join(folder.run, 'prepare.log'))).mode & 0o777).toBe(0o600);
});

test('a program that is not there is no failure of the backup', async () => {
  expect(await runTool(shell('', { program: 'no-such-backup-tool' }))).toMatchObject({ missing: true });
});

test('a program that ignores SIGTERM is killed together with what it started when its time is over', async () => {
  const script = 'trap "" TERM; (trap "" TERM; while :; do sleep 1; done) & while :; do sleep 1; done';
  const result = await runTool(shell(script, { timeoutMs: 300, stopGraceMs: 300 }));
  expect(result).toMatchObject({ timedOut: true, signal: 'SIGKILL' });
  expect(await markedPrograms(folder.root)).toEqual([]);
});

test('an abort ends the program and is thrown', async () => {
  const canceled = new AbortController();
  const running = runTool(shell('sleep 600', { signal: canceled.signal }));
  const ended = running.catch((failure: unknown) => failure);
  await expect.poll(() => markedPrograms(folder.root)).not.toEqual([]);
  canceled.abort(new Error('drill canceled'));
  expect(await ended).toEqual(new Error('drill canceled'));
  expect(await markedPrograms(folder.root)).toEqual([]);
});

test('what a program leaves behind in its group ends with it', async () => {
  const result = await runTool(shell('sleep 600 >/dev/null 2>&1 & echo done'));
  expect(result.exitCode).toBe(0);
  await expect.poll(() => markedPrograms(folder.root)).toEqual([]);
});

test('an output without end keeps its beginning and its end', async () => {
  const result = await runTool(shell('echo first; yes 0123456789 | head -c 8000000; echo last'));
  expect(result.stdout.length).toBeLessThan(3_000_000);
  expect(result.stdout.startsWith('first\n')).toBe(true);
  expect(result.stdout.endsWith('last\n')).toBe(true);
  expect(result.stdout).toMatch(/bytes left out/);
});

test('a program sees nothing of our environment but the path, and reads no input', async () => {
  process.env.AWS_SECRET_ACCESS_KEY = 'sesame';
  try {
    const result = await runTool(shell('cat; env'));
    expect(result.stdout).not.toContain('sesame');
    expect(result.stdout).toContain('TZ=UTC');
  } finally {
    delete process.env.AWS_SECRET_ACCESS_KEY;
  }
});

test('programs of a work folder are found by their mark also when they left their group, those of others are not', async () => {
  const script = 'setsid sh -c "touch left; exec sleep 600" >/dev/null 2>&1 & until [ -e left ]; do :; done';
  await runTool(shell(script, { cwd: folder.root }));
  const [left] = await markedPrograms(folder.root);
  expect(left).toBeDefined();
  expect(await markedPrograms(`${folder.root}-other`)).toEqual([]);
  expect(await endMarkedPrograms(folder.root)).toBe(1);
  expect(left && (await isRunning(left))).toBe(false);
});
