import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessGroup } from '../../dev/processes/process-group.js';

/**
 * Server and database; what starts in their place is empty and knows the search attributes. `meanwhile` is called when
 * they are gone.
 */
export async function loseTemporal(group: ProcessGroup, meanwhile: () => void): Promise<void> {
  await group.killHard('temporal');
  meanwhile();
  const folder = join(group.folder, 'temporal');
  await rm(folder, { recursive: true });
  await mkdir(folder);
  await group.restart('temporal');
}
