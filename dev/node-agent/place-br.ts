import { appendFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import type { ProcessEnd } from './container-process.js';
import { brStandIn } from './images.js';
import { logFileOf, volumeFolder } from './pod-ground.js';
import type { Container } from './pod.js';

/** Where BR's init container puts BR, in every pod that the operator builds. */
const BR_MOUNT = '/var/lib/br-bin';

/** Plays the init container whose work is to copy BR into a volume: the stand-in is linked there. */
export async function placeBr(podFolder: string, container: Container): Promise<ProcessEnd> {
  const placed = brPathOf(podFolder, container);
  if (placed !== undefined) await symlink(brStandIn, placed);
  const line =
    placed === undefined ? `no volume is mounted at ${BR_MOUNT}` : 'BR copy finished (the stand-in of BR)';
  await appendFile(logFileOf(podFolder, container.name), `${line}\n`);
  return placed === undefined ? { exitCode: 1, reason: 'Error' } : { exitCode: 0, reason: 'Completed' };
}

/** Where this container finds BR; undefined when it does not mount BR's volume. */
export function brPathOf(podFolder: string, container: Container): string | undefined {
  const volume = container.volumeMounts.find(({ mountPath }) => mountPath === BR_MOUNT)?.name;
  return volume === undefined ? undefined : path.join(volumeFolder(podFolder, volume), 'br');
}
