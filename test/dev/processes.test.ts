import { spawn } from 'node:child_process';
import { access, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished, test, expect } from 'vitest';
import { createProcessGroup, type ProcessGroup } from '../../dev/processes/process-group.js';
import { identityOf, isRunning, type ProcessIdentity } from '../../src/database/process-identity.js';
import { logLineReady, waitUntil } from '../../dev/processes/readiness.js';

const stay = `console.log('ready'); setInterval(() => {}, 1000);`;

function nodeServer(name: string, program: string) {
  return { name, command: process.execPath, args: ['-e', program], ready: logLineReady(/ready/) };
}

async function newGroup(): Promise<ProcessGroup> {
  const group = await createProcessGroup();
  onTestFinished(() => group.stop());
  return group;
}

async function identity(pid: number): Promise<ProcessIdentity> {
  const found = await identityOf(pid);
  if (found === undefined) throw new Error(`no process ${pid}`);
  return found;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function expectGone(processes: readonly ProcessIdentity[], timeoutMs: number): Promise<void> {
  await waitUntil({
    what: `processes ${processes.map(({ pid }) => pid).join(', ')} still run`,
    timeoutMs,
    attempt: async () => !(await Promise.all(processes.map(isRunning))).includes(true),
  });
}

test('servers end and their folder goes when their owner is killed with SIGKILL', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-owner-'));
  const script = fileURLToPath(new URL('processes-owner.ts', import.meta.url));
  const owner = spawn(process.execPath, ['--import', 'tsx', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void owner.kill('SIGKILL'));
  const [line] = await new Promise<[string]>((resolve, reject) => {
    createInterface(owner.stdout).once('line', (text) => resolve([text]));
    owner.once('exit', (code) => reject(new Error(`the owner ended with ${code}`)));
  });
  const pids: unknown = JSON.parse(line);
  if (!Array.isArray(pids)) throw new Error(`unexpected output ${line}`);
  const servers = await Promise.all(pids.map((pid) => identity(Number(pid))));
  expect(servers).toHaveLength(5);

  owner.kill('SIGKILL');

  await expectGone(servers, 6_000);
  await waitUntil({
    what: `${folder} is still there`,
    timeoutMs: 2_000,
    attempt: async () => !(await exists(folder)),
  });
}, 30_000);

test('stop ends the last started server first and removes the folder', async () => {
  const group = await newGroup();
  const log = await mkdtemp(join(tmpdir(), 'holdfast-order-'));
  onTestFinished(() => rm(log, { recursive: true }));
  for (const name of ['first', 'second', 'third']) {
    const note = `require('node:fs').writeFileSync(${JSON.stringify(log)} + '/' + Date.now() + '-${name}', '')`;
    await group.start(nodeServer(name, `process.on('SIGTERM', () => { ${note}; process.exit(); }); ${stay}`));
  }
  await group.stop();
  const ended = (await readdir(log)).sort().map((file) => file.replace(/^\d+-/, ''));
  expect(ended).toEqual(['third', 'second', 'first']);
  expect(group.status().map(({ alive }) => alive)).toEqual([false, false, false]);
  expect(await exists(group.folder)).toBe(false);
});

test('a server that ends during its start is reported with the end of its log', async () => {
  const group = await newGroup();
  const program = `for (let i = 1; i <= 30; i++) console.error('line ' + i); process.exit(7)`;
  const failure = await group
    .start({ ...nodeServer('broken', program), ready: async () => false })
    .catch(String);
  expect(failure).toContain('broken ended during its start (exit code 7)');
  expect(failure).toContain('| line 30');
  expect(failure).toContain('| line 11\n');
  expect(failure).not.toContain('| line 10\n');
});

test('a server that is not ready in time is reported with the last failure of its probe and ended', async () => {
  const group = await newGroup();
  const slow = {
    ...nodeServer('slow', stay),
    readyTimeoutMs: 300,
    ready: () => Promise.reject(new Error('connection refused')),
  };
  await expect(group.start(slow)).rejects.toThrow('slow was not ready within 0.3 s: connection refused');
  expect(await identityOf(group.pid('slow'))).toBeUndefined();
});

test('a command that does not exist is reported by name', async () => {
  const group = await newGroup();
  await expect(group.start({ name: 'nothing', command: '/nonexistent/program', args: [] })).rejects.toThrow(
    /nothing could not be started: .*ENOENT/,
  );
});

test('a server can be killed and restarted with the same command', async () => {
  const group = await newGroup();
  await group.start(nodeServer('server', stay));
  const before = group.pid('server');
  group.kill('server', 'SIGKILL');
  expect(await group.exited('server')).toEqual({ code: null, signal: 'SIGKILL' });
  await group.restart('server');
  expect(group.pid('server')).not.toBe(before);
  expect(group.status()).toMatchObject([{ name: 'server', alive: true }]);
  expect(await readFile(group.logFile('server'), 'utf8')).toBe('ready\nready\n');
});

test('nothing is started any more once the group is being stopped', async () => {
  const group = await newGroup();
  await group.start(nodeServer('server', stay));
  const stopped = group.stop();
  await expect(group.start(nodeServer('late', stay))).rejects.toThrow('its process group has been stopped');
  await stopped;
});

test('a frozen server ends on stop without waiting for SIGKILL', async () => {
  const group = await newGroup();
  await group.start(nodeServer('frozen', stay));
  group.kill('frozen', 'SIGSTOP');
  const exited = group.exited('frozen');
  await group.stop();
  expect(await exited).toEqual({ code: null, signal: 'SIGTERM' });
});

test('servers end when the guardian is killed', async () => {
  const group = await newGroup();
  await group.start(nodeServer('server', stay));
  const server = await identity(group.pid('server'));
  const stat = await readFile(`/proc/${server.pid}/stat`, 'utf8');
  const guardian = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  process.kill(guardian, 'SIGKILL');
  expect(await group.exited('server')).toEqual({ code: null, signal: 'SIGKILL' });
  await expectGone([server], 2_000);
  await group.stop();
  expect(await exists(group.folder)).toBe(false);
});

test('a server gets the variables it was given and none of ours', async () => {
  process.env['HTTPS_PROXY'] = 'http://127.0.0.1:9';
  onTestFinished(() => void delete process.env['HTTPS_PROXY']);
  const group = await newGroup();
  const program = `console.log(JSON.stringify([process.env.GIVEN, process.env.HTTPS_PROXY ?? 'none']), 'ready');`;
  await group.start({ ...nodeServer('server', `${program} ${stay}`), env: { GIVEN: 'yes' } });
  expect(await readFile(group.logFile('server'), 'utf8')).toMatch(/^\["yes","none"\]/);
});

test('a program that fails is reported with its output', async () => {
  const group = await newGroup();
  const args = ['-e', `console.log('what went wrong'); process.exit(3)`];
  await expect(group.run({ name: 'program', command: process.execPath, args })).rejects.toThrow(
    /failed \(exit code 3\)\n {2}\| what went wrong/,
  );
  expect(group.status()).toEqual([]);
});

test('a successor with the same pid is not taken for the process', async () => {
  const own = await identity(process.pid);
  expect(await isRunning(own)).toBe(true);
  expect(await isRunning({ ...own, startTime: '1' })).toBe(false);
});
