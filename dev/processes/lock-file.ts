import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { isRunning, isSystemError, ownIdentity } from '../../src/database/process-identity.js';

const lockContent = z.object({ pid: z.number(), startTime: z.string() });

/**
 * Runs `work` while no other process of this machine holds the same lock file, so that minutes of work are not done
 * twice. A lock whose holder has ended is taken over. `onWait` is called once, before waiting for a live holder.
 *
 * If two processes take over a stale lock in the same instant, both may run `work`: it saves time, and is no
 * protection of data. Results go to their place by an atomic rename.
 */
export async function withLock<T>(
  options: { lockFile: string; onWait: (holderPid: number) => void },
  work: () => Promise<T>,
): Promise<T> {
  const { lockFile, onWait } = options;
  const own = `${lockFile}.${randomUUID()}`;
  await mkdir(dirname(lockFile), { recursive: true });
  await writeFile(own, JSON.stringify(await ownIdentity()));
  try {
    let told = false;
    while (!(await tryLink(own, lockFile))) {
      const holder = await liveHolder(lockFile);
      if (holder !== undefined && !told) onWait(holder);
      told ||= holder !== undefined;
      if (holder !== undefined) await delay(200);
    }
    await rm(own);
    try {
      return await work();
    } finally {
      await rm(lockFile, { force: true });
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** `link` is atomic and brings the content with it: a lock file is never seen empty. */
async function tryLink(own: string, lockFile: string): Promise<boolean> {
  try {
    await link(own, lockFile);
    return true;
  } catch (failure) {
    if (isSystemError(failure, 'EEXIST')) return false;
    throw failure;
  }
}

/** The pid of the live holder; `undefined` when there is none (any more), then a stale lock has been put aside. */
async function liveHolder(lockFile: string): Promise<number | undefined> {
  const content = await readFile(lockFile, 'utf8').catch((failure: unknown) => {
    if (isSystemError(failure, 'ENOENT')) return undefined;
    throw failure;
  });
  if (content === undefined) return undefined;
  const holder = lockContent.parse(JSON.parse(content));
  if (await isRunning(holder)) return holder.pid;
  const aside = `${lockFile}.stale.${randomUUID()}`;
  try {
    await rename(lockFile, aside);
    await rm(aside, { force: true });
  } catch (failure) {
    if (!isSystemError(failure, 'ENOENT')) throw failure; // somebody else put it aside
  }
  return undefined;
}
