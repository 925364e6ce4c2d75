import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Ends the process groups that it knows of when this process is gone, in whatever way. */
export interface Reaper {
  add(pid: number): void;
  remove(pid: number): void;
  /** Lets the reaper go; it ends the groups that are still known to it. */
  release(): void;
}

const script = fileURLToPath(new URL('reaper.mjs', import.meta.url));

export function startReaper(): Reaper {
  // A session of its own: Ctrl-C and the end of the agent's process group must not reach it.
  const child = spawn(process.execPath, [script], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  });
  child.unref();
  const input = child.stdin;
  // Without its reaper the agent still ends its processes itself, except after kill -9.
  input.on('error', () => undefined);
  if ('unref' in input && typeof input.unref === 'function') input.unref();
  return {
    add: (pid) => {
      input.write(`+${pid}\n`);
    },
    remove: (pid) => {
      input.write(`-${pid}\n`);
    },
    release: () => {
      input.end();
    },
  };
}
