import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBr } from '../../src/backup-manager/find-br.js';
import { runBr } from '../../src/backup-manager/run-br.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-br-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function program(name: string, script: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/usr/bin/env node\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

async function run(
  script: string,
  options: { onLine?: (line: string) => void; stopping?: AbortSignal; env?: Record<string, string> } = {},
) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const printed = Promise.all([text(stdout), text(stderr)]);
  const result = await runBr({
    path: await program('br.mjs', script),
    args: ['log', 'start'],
    env: { PATH: process.env['PATH'], ...options.env },
    stopping: options.stopping ?? new AbortController().signal,
    onLine: options.onLine ?? (() => undefined),
    output: { stdout, stderr },
  });
  stdout.end();
  stderr.end();
  const [out, err] = await printed;
  return { ...result, out, err };
}

test('output is passed on line by line, each to where it belongs, without secrets', async () => {
  const lines: string[] = [];
  const result = await run(
    `console.log('copying', process.argv.slice(2).join(' ')); console.error('secret_key=hunter2 used');`,
    { onLine: (line) => lines.push(line) },
  );
  expect(result).toEqual({ out: 'copying log start\n', err: 'secret_key=[redacted] used\n' });
  expect(lines.sort()).toEqual(['copying log start', 'secret_key=hunter2 used']);
});

test('the values of secrets are hidden however BR prints them, in its output and in its failure', async () => {
  const env = {
    AWS_SECRET_ACCESS_KEY: 'hunter2/hunter2',
    AZURE_STORAGE_KEY: 'short',
    S3_PROVIDER: 'minio-of-ours',
  };
  const script = `console.error('Error: minio-of-ours refuses ' + process.env.AWS_SECRET_ACCESS_KEY + ', in short'); process.exitCode = 1;`;
  const { failure, err } = await run(script, { env });
  expect(err).toBe('Error: minio-of-ours refuses [redacted], in short\n');
  expect(failure).toBe('BR exited with code 1: minio-of-ours refuses [redacted], in short');
});

test('a failure says the exit code and the last error that BR printed', async () => {
  const { failure } = await run(`
    console.log('[2026/11/21 10:31:30.123 +00:00] [INFO] [info.go:49] ["Welcome to BR"]');
    console.error('Error: AccessDenied: Access Denied for secret_key=hunter2');
    process.exitCode = 3;`);
  expect(failure).toBe('BR exited with code 3: AccessDenied: Access Denied for secret_key=[redacted]');
});

test('a kill is told by its signal', async () => {
  expect((await run(`process.kill(process.pid, 'SIGKILL')`)).failure).toBe('BR was killed by SIGKILL');
});

test('a program that cannot be started is a failure, not an exception', async () => {
  const path = join(folder, 'absent');
  const sink = new PassThrough().resume();
  const result = await runBr({
    path,
    args: [],
    env: {},
    stopping: new AbortController().signal,
    onLine: () => undefined,
    output: { stdout: sink, stderr: sink },
  });
  expect(result.failure).toMatch(/could not be started: .*ENOENT/);
});

test('being asked to end is passed on to BR, whose word is kept', async () => {
  const stopping = new AbortController();
  const script = `
    process.on('SIGTERM', () => { console.error('Error: context canceled'); process.exit(1); });
    setTimeout(() => process.exit(9), 20_000);
    console.log('ready');`;
  const { failure } = await run(script, {
    stopping: stopping.signal,
    onLine: (line) => {
      if (line === 'ready') stopping.abort();
    },
  });
  expect(failure).toBe('stopped by SIGTERM; BR exited with code 1: context canceled');
});

test('BR is found where the environment says, and nowhere else then', async () => {
  const path = await program('br', '');
  await writeFile(join(folder, 'data'), '');
  expect(await findBr({ HOLDFAST_BR_BIN: path, PATH: '' })).toBe(path);
  expect(await findBr({ PATH: `/nonexistent:${folder}` })).toBe(path);
  await expect(findBr({ HOLDFAST_BR_BIN: join(folder, 'data'), PATH: folder })).rejects.toThrow(
    `HOLDFAST_BR_BIN=${join(folder, 'data')}`,
  );
  await expect(findBr({ PATH: '/nonexistent' })).rejects.toThrow(/\/var\/lib\/br-bin\/br and PATH/);
});
