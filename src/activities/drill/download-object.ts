import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isSystemError } from '../../database/process-identity.js';
import type { InventoryObject } from '../../domain/drill/inventory.js';
import { StoreFailure, type ObjectStore } from '../../storage/object-store.js';
import { Unprovable } from './conclude.js';
import type { SpaceBudget } from './space-budget.js';

export interface Download {
  readonly store: ObjectStore;
  readonly key: string;
  /** As it was listed. */
  readonly object: InventoryObject;
  /** Below the work folder. What a dead run left of it is kept, and hashed again. */
  readonly file: string;
  readonly budget: SpaceBudget;
  readonly signal: AbortSignal;
  /** Bytes that came from the store, or were there already. */
  readonly onBytes: (bytes: number) => void;
}

/** Pauses before a transfer that broke goes on where it was; counted anew with each that brought something. */
const RESUME_DELAYS_MS = [100, 500, 2_000];

/**
 * Downloads one object and hashes it in the same pass. A broken transfer is resumed here, and not only by repeating the
 * activity, which has to hash all files again.
 * @returns SHA-256 in hex
 * @throws StoreFailure, SpaceExhausted, Unprovable `backup-changed`
 */
export async function downloadObject(download: Download): Promise<string> {
  const { file, object, signal } = download;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const hash = createHash('sha256');
  let doneBytes = await hashWhatIsThere(download, hash);
  const handle = await open(file, doneBytes > 0 ? 'r+' : 'w', 0o600);
  try {
    for (let failures = 0; doneBytes < object.sizeBytes;) {
      const fromByte = doneBytes;
      const onWritten = (bytes: number) => void (doneBytes += bytes);
      try {
        await fetchRest(download, { handle, hash, fromByte, onWritten });
      } catch (failure) {
        if (doneBytes > fromByte) failures = 0;
        await pauseOrThrow(failure, RESUME_DELAYS_MS[failures], signal);
        failures += 1;
      }
    }
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}

async function pauseOrThrow(
  failure: unknown,
  pauseMs: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (!(failure instanceof StoreFailure) || !failure.retryable || pauseMs === undefined) throw failure;
  await delay(pauseMs, undefined, { signal });
}

/** More than the object has is not of this object: it is written over. */
async function hashWhatIsThere({ file, object, signal, onBytes }: Download, hash: Hash): Promise<number> {
  const thereBytes = await fileBytes(file);
  if (thereBytes === 0 || thereBytes > object.sizeBytes) return 0;
  for await (const piece of createReadStream(file, { signal, highWaterMark: 1024 * 1024 })) {
    if (!Buffer.isBuffer(piece)) throw new Error('a file without encoding is read as buffers');
    hash.update(piece);
    onBytes(piece.length);
  }
  return thereBytes;
}

async function fetchRest(
  { store, key, object, budget, signal, onBytes }: Download,
  part: {
    readonly handle: FileHandle;
    readonly hash: Hash;
    readonly fromByte: number;
    readonly onWritten: (bytes: number) => void;
  },
): Promise<void> {
  const found = await store.read(key, { ifMatch: object.etag, fromByte: part.fromByte, signal });
  if (found === undefined)
    throw new Unprovable('backup-changed', `${key} was removed while it was downloaded`);
  let at = part.fromByte;
  for await (const piece of found.body) {
    if (!Buffer.isBuffer(piece)) throw new Error('the body of an object is read as buffers');
    if (at + piece.length > object.sizeBytes) {
      throw new StoreFailure(
        'Malformed',
        `${key} has more than the ${object.sizeBytes} bytes that were listed`,
      );
    }
    await budget.take(piece.length);
    const writing = part.handle.write(piece, 0, piece.length, at);
    part.hash.update(piece); // on this thread, while another one writes
    await writing;
    at += piece.length;
    part.onWritten(piece.length);
    onBytes(piece.length);
  }
  signal.throwIfAborted();
  if (at < object.sizeBytes) {
    throw new StoreFailure('Unreachable', `${key} ended after ${at} of ${object.sizeBytes} bytes`);
  }
}

async function fileBytes(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (failure) {
    if (isSystemError(failure, 'ENOENT')) return 0;
    throw failure;
  }
}
