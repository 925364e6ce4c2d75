import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { waitUntil } from '../../dev/processes/readiness.js';

const program = ['--import', 'tsx', fileURLToPath(new URL('../../dev/demo/main.ts', import.meta.url))];

/** Every process that names the folder in its command line. */
async function processesNaming(folder: string): Promise<string[]> {
  const { stdout } = await execa('ps', ['-axww', '-o', 'pid=,command=']);
  return stdout.split('\n').filter((line) => line.includes(folder));
}

test('interrupted in the middle of the story it exits 130, ends every process and removes its folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-demo-'));
  const demo = spawn(process.execPath, program, {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void demo.kill('SIGKILL')); // its guardian ends the rest
  let output = '';
  demo.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const exited = new Promise<number | null>((resolve) => demo.once('close', (code) => resolve(code)));
  await waitUntil({
    what: 'no failure was recorded',
    timeoutMs: 90_000,
    attempt: async () => demo.exitCode !== null || output.includes('failure 1 recorded'),
  });
  expect(output).toContain('failure 1 recorded');
  expect(await processesNaming(folder)).not.toEqual([]);

  demo.kill('SIGINT');
  expect(await exited).toBe(130);
  expect(output).toMatch(/stopped\. It took: .* s\n$/);
  expect(await processesNaming(folder)).toEqual([]);
  const left = await readdir(folder);
  expect(left.filter((name) => name.startsWith('holdfast-'))).toEqual([]);
  await rm(folder, { recursive: true });
});

test.each([
  [
    ['--scene', 'recovery'],
    "error: scene 'recovery' comes with a later version; now there are: retry, replication, stress, drill, all",
  ],
  [['--frob'], "error: unknown option '--frob'"],
])('refuses %j with exit code 2 and starts nothing', async (args, message) => {
  const { exitCode, stderr, stdout } = await execa(process.execPath, [...program, ...args], {
    reject: false,
  });
  expect({ exitCode, stderr, stdout }).toEqual({ exitCode: 2, stderr: message, stdout: '' });
});
