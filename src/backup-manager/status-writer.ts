import { setTimeout as delay } from 'node:timers/promises';
import type { Backup, BackupStatus } from '../domain/backup/backup.js';
import { logStatusPatch } from '../domain/backup/log-status.js';
import { ApiFailure, isConflict } from '../kubernetes/api-failure.js';
import type { KubernetesApi } from '../kubernetes/api.js';
import { patchBackup, readBackup } from '../kubernetes/backups.js';

const FIRST_RETRY_MS = 2_000;
const MAX_RETRY_MS = 30_000;
/** After a conflict the other writer is done: a short random wait keeps two of us from meeting again and again. */
const MAX_CONFLICT_DELAY_MS = 50;

export interface StatusTarget {
  readonly api: KubernetesApi;
  readonly namespace: string;
  readonly name: string;
  /** Told what went wrong and that it is tried again. */
  readonly warn: (message: string) => void;
}

/** The Backup that this pod works for is gone, or another one has its name. */
export class BackupGone extends Error {
  override readonly name = 'BackupGone';
}

/**
 * Reads the Backup, however long the API server takes.
 * @throws BackupGone where it does not exist; ApiFailure where the API server refuses
 */
export async function fetchBackup(target: StatusTarget, signal: AbortSignal): Promise<Backup> {
  const backup = await withRetries(target, { signal, attempt: () => readBackup(target.api, target) });
  if (backup === undefined) throw new BackupGone(`Backup ${target.namespace}/${target.name} does not exist`);
  return backup;
}

/**
 * Brings the status to what `change` makes of it, on a fresh read each time, until that is written: a result must not
 * be lost to another writer or to an API server that is away.
 * @param uid of the Backup this pod works for
 * @throws BackupGone, ApiFailure where the API server refuses, or the signal's reason
 */
export async function writeStatus(
  target: StatusTarget,
  write: { uid: string; change: (status: BackupStatus) => BackupStatus; signal: AbortSignal },
): Promise<void> {
  const { uid, change, signal } = write;
  await withRetries(target, {
    signal,
    attempt: async () => {
      const backup = await readBackup(target.api, target);
      if (backup?.metadata.uid !== uid) {
        throw new BackupGone(`Backup ${target.namespace}/${target.name} was deleted`);
      }
      const status = logStatusPatch(backup.status, change(backup.status));
      if (Object.keys(status).length > 0) await patchBackup(target.api, backup, { status });
    },
  });
}

async function withRetries<T>(
  target: StatusTarget,
  { attempt, signal }: { attempt: () => Promise<T>; signal: AbortSignal },
): Promise<T> {
  for (let failures = 0; ;) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (failure) {
      if (isConflict(failure)) {
        await delay(Math.random() * MAX_CONFLICT_DELAY_MS, undefined, { signal });
        continue;
      }
      if (!(failure instanceof ApiFailure) || !failure.retryable) throw failure;
      const waitMs = failure.retryAfterMs ?? Math.min(FIRST_RETRY_MS * 2 ** failures, MAX_RETRY_MS);
      failures += 1;
      target.warn(`${failure.message}; trying again in ${waitMs / 1_000} s`);
      await delay(waitMs, undefined, { signal });
    }
  }
}
