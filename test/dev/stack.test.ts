import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { ensureBinaries } from '../../dev/binaries/ensure-binaries.js';
import { waitUntil } from '../../dev/processes/readiness.js';

const program = fileURLToPath(new URL('../../dev/stack/main.ts', import.meta.url));
let stateRoot: string;

beforeAll(async () => {
  stateRoot = await mkdtemp(join(tmpdir(), 'holdfast-stacks-'));
});

afterAll(async () => {
  for (const name of await readdir(stateRoot)) await stack('down', name);
  await rm(stateRoot, { recursive: true });
});

function stackArgs(command: string, name: string, more: readonly string[] = []): string[] {
  return ['--import', 'tsx', program, command, '--name', name, '--dir', stateRoot, ...more];
}

function stack(command: string, name: string, more: readonly string[] = []) {
  return execa(process.execPath, stackArgs(command, name, more), { reject: false });
}

/** What runs for a stack: every process that names its folder. */
async function processesOf(name: string): Promise<string[]> {
  const { stdout } = await execa('ps', ['-axww', '-o', 'pid=,command=']);
  const folder = join(stateRoot, name);
  return stdout.split('\n').filter((line) => line.includes(`${folder}/`) || line.includes(`${folder} `));
}

function expectNothingRuns(name: string): Promise<void> {
  return waitUntil({
    what: `something of stack ${name} still runs`,
    timeoutMs: 10_000,
    attempt: async () => (await processesOf(name)).length === 0,
  });
}

async function statusOf(name: string) {
  const { stdout, exitCode } = await stack('status', name, ['-o', 'json']);
  const server = z.object({
    name: z.string(),
    pid: z.number(),
    alive: z.boolean(),
    address: z.string().optional(),
  });
  const status = z.object({ up: z.boolean(), servers: z.array(server) }).parse(JSON.parse(stdout));
  return { ...status, exitCode };
}

function exportsIn(stdout: string): Record<string, string> {
  return Object.fromEntries(
    [...stdout.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  );
}

test('two stacks run side by side; down ends one of them only, and a killed supervisor leaves nothing of the other', async () => {
  const [one, two] = await Promise.all([stack('up', 'one', ['--with-monitoring']), stack('up', 'two')]);
  // With the output, so that a failure shows what went wrong.
  expect(one).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('To end it') });
  expect(two).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('To end it') });
  expect(one.stderr).toMatch(/Temporal Web UI: http:\/\/127\.0\.0\.1:\d+/);
  const env = exportsIn(one.stdout);
  expect(env).toMatchObject({ HOLDFAST_KUBE_CONTEXT: 'holdfast-dev', TEMPORAL_NAMESPACE: 'default' });

  const status = await statusOf('one');
  expect(status).toMatchObject({ up: true, exitCode: 0 });
  const core = [
    'etcd',
    'kube-apiserver',
    'kube-controller-manager',
    'temporal',
    'prometheus',
    'alertmanager',
  ];
  expect(status.servers.map(({ name }) => name)).toEqual(expect.arrayContaining(core));
  expect(status.servers.every(({ alive }) => alive)).toBe(true);

  const alerts = await fetch(`${env['HOLDFAST_DEV_PROMETHEUS']}/api/v1/rules?type=alert`);
  expect(await alerts.text()).toContain('LogBackupRetriesExhausted');

  const { kubectl } = await ensureBinaries(['kubectl']);
  const crds = await execa(kubectl, ['get', 'crd', '-o', 'name'], { env });
  expect(crds.stdout).toContain('customresourcedefinition.apiextensions.k8s.io/backups.pingcap.com');
  const asWorker = ['--context', 'holdfast-dev', 'auth', 'can-i'];
  expect((await execa(kubectl, [...asWorker, 'patch', 'backups.pingcap.com'], { env })).stdout).toBe('yes');
  const create = await execa(kubectl, [...asWorker, 'create', 'backups.pingcap.com'], {
    env,
    reject: false,
  });
  expect(create.stdout).toBe('no');

  const again = await stack('up', 'one');
  expect(again.stderr).toContain('stack one is already up');
  expect(again.stdout).toBe(one.stdout);

  const down = await stack('down', 'one');
  expect(down).toMatchObject({ exitCode: 0 });
  expect(down.stderr).toContain('stack one is down; ended');
  expect(await processesOf('one')).toEqual([]);
  expect(await readdir(join(stateRoot, 'one'))).toEqual(['supervisor.log']);
  expect(await statusOf('one')).toMatchObject({ up: false, exitCode: 6 });

  const other = await statusOf('two');
  expect(other.servers.every(({ alive }) => alive)).toBe(true);
  const supervisor = (await processesOf('two')).find((line) => line.includes('supervisor.ts'));
  process.kill(Number.parseInt(supervisor ?? '', 10), 'SIGKILL');
  await expectNothingRuns('two');
  expect((await stack('down', 'two')).stderr).toContain('had ended without `down`');
  expect(await readdir(join(stateRoot, 'two'))).toEqual(['supervisor.log']);
}, 60_000);

/** Starts `up` and waits until the first server of the stack runs. */
async function upInTheMiddle(name: string): Promise<ChildProcess> {
  const up = spawn(process.execPath, stackArgs('up', name), { stdio: 'ignore' });
  await waitUntil({
    what: `no etcd of stack ${name}`,
    timeoutMs: 20_000,
    attempt: async () => (await processesOf(name)).some((line) => line.includes('etcd')),
  });
  return up;
}

function exitOf(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
}

test('Ctrl-C in the middle of up ends everything before up returns', async () => {
  const up = await upInTheMiddle('interrupted');
  const exit = exitOf(up);
  up.kill('SIGINT');
  expect(await exit).toBe(130);
  expect(await processesOf('interrupted')).toEqual([]);
  expect(await readdir(join(stateRoot, 'interrupted'))).toEqual(['supervisor.log']);
}, 40_000);

test('nothing stays when up is killed with SIGKILL before the stack is ready', async () => {
  const up = await upInTheMiddle('killed');
  const exit = exitOf(up);
  up.kill('SIGKILL');
  expect(await exit).toBe('SIGKILL');
  await expectNothingRuns('killed');
}, 40_000);

async function stateOf(pid: number | undefined): Promise<string> {
  return (await execa('ps', ['-o', 'stat=', '-p', String(pid)])).stdout.trim();
}

test('faults are done to a running stack by their names, and mended', async () => {
  const up = await stack('up', 'faulty', ['--etcd-members', '3']);
  expect(up).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('To end it') });
  const fault = (...words: string[]) => stack('fault', 'faulty', words);

  expect(await fault('freeze-etcd')).toMatchObject({ exitCode: 0 });
  const { servers } = await statusOf('faulty');
  const frozen = servers.find(({ name }) => name === 'etcd-2')?.pid;
  expect(await stateOf(frozen)).toMatch(/^T/);
  expect(await fault('freeze-etcd', '--for', '200ms')).toMatchObject({ exitCode: 0 });
  await waitUntil({
    what: 'etcd was not thawed',
    timeoutMs: 20_000,
    attempt: async () => !(await stateOf(frozen)).startsWith('T'),
  });

  expect(await fault('kill-api-server')).toMatchObject({ exitCode: 0 });
  const killed = await statusOf('faulty');
  expect(killed.exitCode).toBe(1);
  expect(killed.servers.filter(({ alive }) => !alive).map(({ name }) => name)).toEqual(['kube-apiserver']);
  expect(await fault('start-api-server')).toMatchObject({ exitCode: 0 });
  expect(await statusOf('faulty')).toMatchObject({ exitCode: 0 });

  expect(await fault('burn-it-down')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('mend-etcd-quota'),
  });
  expect(await stack('fault', 'never-up', ['thaw-etcd'])).toMatchObject({
    exitCode: 1,
    stderr: 'stack never-up is not up',
  });
  expect(await stack('down', 'faulty')).toMatchObject({ exitCode: 0 });
  expect(await processesOf('faulty')).toEqual([]);
}, 90_000);
