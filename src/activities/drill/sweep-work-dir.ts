import type { DrillSessionKey } from '../../domain/drill/drill-call.js';
import { keptFolders, removeWorkFolder } from './work-folder.js';

export interface Sweep {
  readonly workDir: string;
  /** Whether this run of a drill goes on. @throws where Temporal does not answer */
  readonly isOpen: (drill: DrillSessionKey) => Promise<boolean>;
}

/**
 * Removes what drills left that are over: folders, programs, servers, sockets. One whose run is open is left alone,
 * whichever process began it: the drill may go on in it.
 * @returns the folders that were removed
 * @throws what `isOpen` throws; then nothing more is removed
 */
export async function sweepWorkDir({ workDir, isOpen }: Sweep): Promise<string[]> {
  const removed: string[] = [];
  for (const { folder, key } of await keptFolders(workDir)) {
    if (await isOpen(key)) continue;
    await removeWorkFolder(folder);
    removed.push(folder.root);
  }
  return removed;
}
