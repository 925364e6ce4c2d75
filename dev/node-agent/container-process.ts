import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { constants } from 'node:os';
import type { Reaper } from './reaper.js';

export interface ProcessRequest {
  command: readonly [string, ...string[]];
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** Standard output and error are appended to this file by the process itself. */
  logFile: string;
  reaper: Reaper;
}

/** How a container's process ended, in the words of the pod status. */
export interface ProcessEnd {
  exitCode: number;
  reason: 'Completed' | 'Error' | 'OOMKilled' | 'StartError';
  message?: string;
}

/** A running container: one process group. */
export interface ContainerProcess {
  ended: Promise<ProcessEnd>;
  /** To the whole group; nothing happens when it has ended. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Kills the whole group; the end is then told as that of a container without memory. */
  oomKill(): void;
}

/** Starts a program. One that cannot be executed ends at once with StartError and exit code 128, as under containerd. */
export async function startContainerProcess(request: ProcessRequest): Promise<ContainerProcess> {
  const { command, env, cwd, logFile, reaper } = request;
  const [program, ...args] = command;
  const log = await open(logFile, 'a', 0o600);
  const child = spawn(program, args, { env, cwd, detached: true, stdio: ['ignore', log.fd, log.fd] });
  const { pid } = child;
  if (pid === undefined) {
    const [failure] = await once(child, 'error');
    await log.close();
    return notStarted(failure instanceof Error ? failure.message : String(failure));
  }
  reaper.add(pid);
  let outOfMemory = false;
  const ended = once(child, 'exit').then(([code, signal]: unknown[]): ProcessEnd => {
    // A container ends with its first process: whatever that left behind in its group ends too.
    signalGroup(pid, 'SIGKILL');
    reaper.remove(pid);
    if (outOfMemory) return { exitCode: 137, reason: 'OOMKilled' };
    const exitCode = typeof code === 'number' ? code : 128 + signalNumber(signal);
    return { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' };
  });
  await log.close();
  return {
    ended,
    signal: (signal) => signalGroup(pid, signal),
    oomKill: () => {
      outOfMemory = true;
      signalGroup(pid, 'SIGKILL');
    },
  };
}

function notStarted(message: string): ContainerProcess {
  return {
    ended: Promise.resolve({ exitCode: 128, reason: 'StartError', message }),
    signal: () => undefined,
    oomKill: () => undefined,
  };
}

function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid, signal);
  } catch (failure) {
    const gone = failure instanceof Error && 'code' in failure && failure.code === 'ESRCH';
    if (!gone) throw failure;
  }
}

function signalNumber(signal: unknown): number {
  const found = Object.entries(constants.signals).find(([name]) => name === signal);
  return found?.[1] ?? constants.signals.SIGKILL;
}
