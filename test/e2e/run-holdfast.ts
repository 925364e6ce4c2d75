import { execa } from 'execa';
import type { Stack } from '../../dev/stack/stack.js';
import { HOLDFAST } from './worker-process.js';

interface CommandLine {
  readonly args: readonly string[];
  /** Besides what the stack says, and over it. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The built CLI against the servers of a stack, with a person's rights. */
export async function runHoldfast({ env, folder }: Stack, commandLine: CommandLine) {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [HOLDFAST, ...commandLine.args], {
    env: { ...env, HOME: folder, NO_COLOR: '1', ...commandLine.env },
    extendEnv: false,
    reject: false,
    timeout: 60_000,
  });
  return { exitCode, stdout, stderr };
}
