import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { inventoryLine, isFolderMarker, type InventoryObject } from '../../domain/drill/inventory.js';
import { StoreFailure } from '../../storage/object-store.js';
import { isSystemError } from '../../database/process-identity.js';
import { Unprovable } from './conclude.js';
import type { DrillSession } from './drill-session.js';

type Listing = Pick<DrillSession, 'store' | 'backup' | 'plan' | 'signal'>;

const InventoryFile = z.array(
  z.object({ name: z.string(), sizeBytes: z.number(), etag: z.string(), lastModifiedMs: z.number() }),
);

/**
 * All objects of the backup, in the order of the store, without the markers of folders.
 * @throws Unprovable where there are more than the plan allows; no more than that are held in memory
 */
export async function listBackup({ store, backup, plan, signal }: Listing): Promise<InventoryObject[]> {
  const objects: InventoryObject[] = [];
  for await (const { key, ...rest } of store.list(backup.prefix, { signal })) {
    if (!key.startsWith(backup.prefix)) {
      throw new StoreFailure('Malformed', `the list of ${backup.prefix} has the key ${JSON.stringify(key)}`);
    }
    const object = { name: key.slice(backup.prefix.length), ...rest };
    if (isFolderMarker(object)) continue;
    objects.push(object);
    if (objects.length > plan.limits.objects) {
      const limit = plan.limits.objects;
      throw new Unprovable(
        'too-many-objects',
        `there are more than ${limit} objects; the plan's limit is ${limit}`,
      );
    }
  }
  return objects;
}

/** SHA-256 over names, sizes and ETags: another one is another backup. */
export function inventoryDigest(objects: readonly InventoryObject[]): string {
  const hash = createHash('sha256');
  for (const object of objects) hash.update(inventoryLine(object));
  return hash.digest('hex');
}

export async function keepInventory(file: string, objects: readonly InventoryObject[]): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(objects), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/**
 * The list that the rung `inventory` has judged; listed again where this host does not have it.
 * @throws Unprovable where it is another one by now
 */
export async function knownObjects(session: DrillSession): Promise<InventoryObject[]> {
  const kept = await keptInventory(session.folder.inventoryFile);
  if (kept) return kept;
  const objects = await listBackup(session);
  const expected = session.facts.inventoryDigest;
  if (expected !== undefined && inventoryDigest(objects) !== expected) {
    throw new Unprovable(
      'backup-changed',
      'the objects of the backup are not those that were listed at first',
    );
  }
  await keepInventory(session.folder.inventoryFile, objects);
  return objects;
}

async function keptInventory(file: string): Promise<InventoryObject[] | undefined> {
  try {
    return InventoryFile.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (failure) {
    if (isSystemError(failure, 'ENOENT')) return undefined;
    throw failure;
  }
}
