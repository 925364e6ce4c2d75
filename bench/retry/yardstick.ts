import { backupReference } from '../../src/kubernetes/backups.js';
import { BACKUPS } from '../../src/kubernetes/resources.js';
import { createYardstick, type Yardstick } from '../yardstick.js';
import type { BenchWorld } from './bench-world.js';
import { NAMESPACE, untouchedManifest } from './manifests.js';

/** Patches of a Backup that is not Holdfast's. */
export async function createBackupYardstick({ api, journal }: BenchWorld, name: string): Promise<Yardstick> {
  await api.create(BACKUPS, NAMESPACE, untouchedManifest(name));
  const reference = backupReference({ namespace: NAMESPACE, name });
  return createYardstick({
    write: (backupPath) => api.mergePatch(reference, { status: { backupPath } }),
    seenAtMs: (backupPath) =>
      journal.backups(name).find(({ object }) => object.status.backupPath === backupPath)?.atMs,
  });
}
