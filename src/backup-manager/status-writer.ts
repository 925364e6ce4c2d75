import { setTimeout as delay } from 'node:timers/promises';
import { mergePatchOf } from '../domain/merge-patch.js';
import type { ObjectMeta } from '../domain/kubernetes/object-meta.js';
import { ENDLESS_API_RETRY } from '../domain/api-retry.js';
import { isConflict } from '../kubernetes/api-failure.js';
import { countAttempts } from '../kubernetes/retried-call.js';

/** After a conflict the other writer is done: a short random wait keeps two of us from meeting again and again. */
const MAX_CONFLICT_DELAY_MS = 50;

/** An outcome is written whatever happens, until the pod is killed. */
export const NEVER_STOPPED = new AbortController().signal;

/** The custom resource that a pod works for. */
export interface StatusOwner {
  readonly metadata: ObjectMeta;
  readonly status: object;
}

export interface StatusTarget<Owner extends StatusOwner> {
  /** For people: `Backup shop/orders`. */
  readonly what: string;
  /** A live read; `undefined` where it does not exist (any more). */
  readonly read: () => Promise<Owner | undefined>;
  /** One write on top of exactly the version that was read: keys of the status, arrays whole. */
  readonly patchStatus: (owner: Owner, status: object) => Promise<unknown>;
  /** Told what went wrong and that it is tried again. */
  readonly warn: (message: string) => void;
}

/** The object that this pod works for is gone, or another one has its name. */
export class StatusOwnerGone extends Error {
  override readonly name = 'StatusOwnerGone';
}

/**
 * Reads the object, however long the API server takes: also a pod that is asked to end while it starts has to say so.
 * @throws StatusOwnerGone where it does not exist; ApiFailure where the API server refuses
 */
export async function fetchOwner<Owner extends StatusOwner>(target: StatusTarget<Owner>): Promise<Owner> {
  const owner = await withRetries(target, { verb: 'get', signal: NEVER_STOPPED, attempt: target.read });
  if (owner === undefined) throw new StatusOwnerGone(`${target.what} does not exist`);
  return owner;
}

export interface StatusWrite<Status> {
  /** Of the object this pod works for. */
  readonly uid: string;
  readonly change: (status: Status) => Status;
  readonly signal: AbortSignal;
}

/**
 * Brings the status to what `change` makes of it, on a fresh read each time, until that is written: a result must not
 * be lost to another writer or to an API server that is away.
 * @throws StatusOwnerGone, ApiFailure where the API server refuses, or the signal's reason
 */
export async function writeStatus<Owner extends StatusOwner>(
  target: StatusTarget<Owner>,
  { uid, change, signal }: StatusWrite<Owner['status']>,
): Promise<void> {
  await withRetries(target, {
    verb: 'patch',
    signal,
    attempt: async () => {
      const owner = await target.read();
      if (owner?.metadata.uid !== uid) throw new StatusOwnerGone(`${target.what} was deleted`);
      const status = mergePatchOf(owner.status, change(owner.status));
      if (Object.keys(status).length > 0) await target.patchStatus(owner, status);
    },
  });
}

interface RetriedStep<T> {
  readonly verb: 'get' | 'patch';
  readonly attempt: () => Promise<T>;
  readonly signal: AbortSignal;
}

/** One step is a read and perhaps a write on top of it: repeated together, so the calls themselves are not. */
async function withRetries<T>(
  { what, warn }: { readonly what: string; readonly warn: (message: string) => void },
  { verb, attempt, signal }: RetriedStep<T>,
): Promise<T> {
  const attempts = countAttempts({
    operation: `${verb} ${what}`,
    policy: ENDLESS_API_RETRY,
    observer: { line: (_level, text) => warn(text) },
  });
  for (;;) {
    signal.throwIfAborted();
    try {
      const result = await attempt();
      attempts.succeeded();
      return result;
    } catch (failure) {
      if (isConflict(failure)) {
        await delay(Math.random() * MAX_CONFLICT_DELAY_MS, undefined, { signal });
        continue;
      }
      await delay(attempts.pauseAfter(failure), undefined, { signal });
    }
  }
}
