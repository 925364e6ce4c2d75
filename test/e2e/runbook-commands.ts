import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { ensureBinaries } from '../../dev/binaries/ensure-binaries.js';
import type { Stack } from '../../dev/stack/stack.js';
import { HOLDFAST } from './worker-process.js';

const FOLDER = fileURLToPath(new URL('../../docs/runbooks/', import.meta.url));
/** A block of a page that is run: `sh`, `sh exits 1`, `sh exits any`. `sh labels` gives values, `sh skip: why` is not run. */
const BLOCK = /^```sh(?: (labels|skip: .+|exits (?:\d+|any)))?\n([^]*?)^```$/gm;
const COMMAND_TIMEOUT_MS = 60_000;

export interface RunbookBlock {
  readonly kind: 'run' | 'labels' | 'skip';
  readonly script: string;
  /** `any`: it depends on the whole world, as that of `holdfast doctor`. */
  readonly exits: number | 'any';
}

/** The blocks of commands of one page, in its order. */
export async function runbookBlocks(alert: string): Promise<RunbookBlock[]> {
  const page = await readFile(join(FOLDER, `${alert}.md`), 'utf8');
  return [...page.matchAll(BLOCK)].map(([, info = '', script = '']): RunbookBlock => {
    if (info === 'labels') return { kind: 'labels', script, exits: 0 };
    if (info.startsWith('skip')) return { kind: 'skip', script, exits: 0 };
    const exits = info.replace('exits ', '');
    return { kind: 'run', script, exits: exits === 'any' ? 'any' : Number(exits) };
  });
}

/** A shell as the person on call has it: holdfast, kubectl and temporal in its PATH, the stack in its environment. */
export interface OnCallShell {
  /** Runs one block with the values of the labels in its environment. */
  run(
    script: string,
    values: Readonly<Record<string, string>>,
  ): Promise<{ exitCode: number | undefined; output: string }>;
}

export async function openOnCallShell({ folder, env }: Stack): Promise<OnCallShell> {
  const bin = join(folder, 'on-call');
  await mkdir(bin);
  const programs = await ensureBinaries(['kubectl', 'temporal']);
  await symlink(programs.kubectl, join(bin, 'kubectl'));
  await symlink(programs.temporal, join(bin, 'temporal'));
  const wrapper = `#!/bin/sh\nexec '${process.execPath}' '${HOLDFAST}' "$@"\n`;
  await writeFile(join(bin, 'holdfast'), wrapper);
  await chmod(join(bin, 'holdfast'), 0o755);
  const path = [bin, process.env['PATH'] ?? ''].join(delimiter);
  // Many pages begin with the same look, and none changes anything: it is run once.
  const done = new Map<string, ReturnType<OnCallShell['run']>>();
  const once: OnCallShell['run'] = (script, values) => {
    const key = JSON.stringify([script, values]);
    const running = done.get(key) ?? runBlock(script, values);
    done.set(key, running);
    return running;
  };
  const runBlock: OnCallShell['run'] = async (script, values) => {
    const { exitCode, all } = await execa('bash', ['-e', '-o', 'pipefail', '-c', script], {
      cwd: bin,
      env: { ...env, ...values, PATH: path, HOME: folder, NO_COLOR: '1' },
      extendEnv: false,
      reject: false,
      all: true,
      timeout: COMMAND_TIMEOUT_MS,
    });
    return { exitCode, output: all };
  };
  return { run: once };
}

/** What of a page did not do what it says, as text; nothing where all did. */
export async function failedBlocks(
  alert: string,
  { shell, values }: { shell: OnCallShell; values: Readonly<Record<string, string>> },
): Promise<string[]> {
  const failed: string[] = [];
  for (const { kind, script, exits } of await runbookBlocks(alert)) {
    if (kind === 'labels') {
      const asked = [...script.matchAll(/\b([A-Z_]{2,})=/g)].map(([, name = '']) => name);
      const unknown = asked.filter((name) => values[name] === undefined);
      if (unknown.length > 0) failed.push(`no value for ${unknown.join(', ')}`);
    }
    if (kind !== 'run') continue;
    const { exitCode, output } = await shell.run(script, values);
    const fits = exits === 'any' ? exitCode !== 2 && exitCode !== 127 : exitCode === exits;
    if (!fits) failed.push(`exit code ${exitCode}, expected ${exits}:\n${script}${output}`);
  }
  return failed;
}
