import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { isSystemError } from '../../src/database/process-identity.js';

const processIdentity = z.object({ pid: z.number(), startTime: z.string() });

/** What a running stack says about itself on disk, for `status`, `down` and a second `up`. */
const stackState = z.object({
  name: z.string(),
  supervisor: processIdentity,
  /** Servers, logs, keys and data; removed when the stack ends. */
  folder: z.string(),
  /** Absent until the stack is ready. */
  ready: z
    .object({
      env: z.record(z.string(), z.string()),
      uiUrl: z.string(),
      nodeAgentUrl: z.string().optional(),
      /** Where the supervisor takes faults. */
      faultUrl: z.string(),
      servers: z.array(
        z.object({ name: z.string(), address: z.string().optional(), identity: processIdentity }),
      ),
    })
    .optional(),
});
export type StackState = z.infer<typeof stackState>;
export type ReadyStack = NonNullable<StackState['ready']>;

/** `$XDG_STATE_HOME/holdfast/stacks` or `~/.local/state/holdfast/stacks`; each stack has a folder of its name in it. */
export function defaultStateRoot(environment: NodeJS.ProcessEnv = process.env): string {
  const root = environment['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
  return join(root, 'holdfast', 'stacks');
}

/** `undefined` when no stack was started in this folder, or it has ended in order. */
export async function readStackState(stackFolder: string): Promise<StackState | undefined> {
  try {
    return stackState.parse(JSON.parse(await readFile(stateFile(stackFolder), 'utf8')));
  } catch (failure) {
    if (isSystemError(failure, 'ENOENT')) return undefined;
    throw failure;
  }
}

/** Atomic: a reader sees the old or the new state. */
export async function writeStackState(stackFolder: string, state: StackState): Promise<void> {
  const unfinished = `${stateFile(stackFolder)}.${process.pid}`;
  await writeFile(unfinished, JSON.stringify(state, undefined, 2), { mode: 0o600 });
  await rename(unfinished, stateFile(stackFolder));
}

export async function removeStackState(stackFolder: string): Promise<void> {
  await rm(stateFile(stackFolder), { force: true });
}

function stateFile(stackFolder: string): string {
  return join(stackFolder, 'state.json');
}
