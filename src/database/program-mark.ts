import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { identityOf, isRunning, isSystemError, type ProcessIdentity } from './process-identity.js';

/**
 * Every program of a drill, and whatever it starts, carries the root of the work folder in its environment: so that a
 * successor finds what a killed worker left running, and nothing else.
 */
const MARK = 'HOLDFAST_DRILL_FOLDER';
/** After SIGKILL: the kernel still has to let go of memory and files. */
const GONE_WITHIN_MS = 30_000;

/** The environment of a program: nothing of the worker's own, which holds secrets. */
export function programEnvironment(folderRoot: string, extra: Readonly<Record<string, string>> = {}) {
  return { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC', ...extra, [MARK]: folderRoot };
}

/**
 * Ends, by SIGKILL, all programs that were started for the work folder, by this process or one that died.
 * @param keep process that goes on, for example the private server
 * @returns how many were found
 */
export async function endMarkedPrograms(folderRoot: string, keep?: ProcessIdentity): Promise<number> {
  const found: ProcessIdentity[] = [];
  for (let round = 0; round < 5; round++) {
    const running = await markedPrograms(folderRoot, keep);
    if (running.length === 0) break;
    found.push(...running);
    for (const { pid } of running) killProcess(pid);
    await untilGone(running);
  }
  return found.length;
}

export async function markedPrograms(folderRoot: string, keep?: ProcessIdentity): Promise<ProcessIdentity[]> {
  const mark = `${MARK}=${folderRoot}`;
  const found: ProcessIdentity[] = [];
  for (const entry of await processIds()) {
    if (entry === process.pid || !(await environmentOf(entry)).includes(mark)) continue;
    const identity = await identityOf(entry);
    if (identity === undefined || (identity.pid === keep?.pid && identity.startTime === keep.startTime))
      continue;
    found.push(identity);
  }
  return found;
}

/** Sends SIGKILL to one process; nothing happens where it has ended. */
export function killProcess(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch (failure) {
    if (!isSystemError(failure, 'ESRCH')) throw failure;
  }
}

/** @throws Error where one of them still runs after 30 s */
export async function untilGone(
  identities: readonly ProcessIdentity[],
  withinMs = GONE_WITHIN_MS,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (const identity of identities) {
    while (await isRunning(identity)) {
      if (performance.now() > deadline) throw new Error(`process ${identity.pid} does not end`);
      await delay(10);
    }
  }
}

/** Hosts without /proc have no way to look: what a killed worker leaves there is left to its pid file. */
async function processIds(): Promise<number[]> {
  try {
    return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  } catch (failure) {
    if (isSystemError(failure, 'ENOENT')) return [];
    throw failure;
  }
}

async function environmentOf(pid: number): Promise<string[]> {
  try {
    return (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
  } catch (failure) {
    // Gone meanwhile, or somebody else's.
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].some((code) => isSystemError(failure, code))) return [];
    throw failure;
  }
}
