import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessGroup } from '../../dev/processes/process-group.js';

/**
 * Server and database; what starts in their place is empty and knows the search attributes. `meanwhile` is called when
 * they are gone.
 */
export async function loseTemporal(group: ProcessGroup, meanwhile: () => void): Promise<void> {
  await killServer(group, 'temporal');
  meanwhile();
  const folder = join(group.folder, 'temporal');
  await rm(folder, { recursive: true });
  await mkdir(folder);
  await group.restart('temporal');
}

/** As a power cut ends it; resolves when it is gone. */
export async function killServer(group: ProcessGroup, name: string): Promise<void> {
  const gone = group.exited(name);
  group.kill(name, 'SIGKILL');
  await gone;
}
