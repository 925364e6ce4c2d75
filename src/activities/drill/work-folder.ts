import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endMarkedPrograms } from '../../database/program-mark.js';
import { stopPrivateServer } from '../../database/private-server.js';
import { isSystemError } from '../../database/process-identity.js';
import { DrillSessionKey } from '../../domain/drill/drill-call.js';
import { shortHash } from '../../domain/names.js';
import type { WorkFolder } from './drill-session.js';

const PRIVATE = { recursive: true, mode: 0o700 } as const;
/** `sun_path` has 108 bytes, on other systems 104, its end included. */
const MAX_SOCKET_FOLDER_LENGTH = 88;
const RECORD_NAME = /^(drill-[0-9a-z]{14}-\d+)\.json$/;

/** A folder with its record, as it lies in the work directory. */
export interface KeptFolder {
  readonly folder: WorkFolder;
  readonly key: DrillSessionKey;
}

/** Where a session works: the same for every process that asks. Creates nothing. */
export function workFolderOf(workDir: string, { runId, session }: DrillSessionKey): WorkFolder {
  const root = join(workDir, `drill-${shortHash(runId)}-${session}`);
  const near = join(root, 'sockets');
  return {
    root,
    inventoryFile: join(root, 'run', 'inventory.json'),
    objects: join(root, 'objects'),
    backup: join(root, 'backup'),
    data: join(root, 'data'),
    binlogs: join(root, 'binlogs'),
    run: join(root, 'run'),
    sockets: near.length <= MAX_SOCKET_FOLDER_LENGTH ? near : join(tmpdir(), `holdfast-${shortHash(root)}`),
  };
}

/** Its record is written first and removed last, so that nothing lies about that nobody knows. */
export async function createWorkFolder(workDir: string, key: DrillSessionKey): Promise<WorkFolder> {
  const folder = workFolderOf(workDir, key);
  const record = recordOf(folder);
  await writeFile(`${record}.new`, JSON.stringify(key), { mode: 0o600 });
  await rename(`${record}.new`, record);
  await mkdir(folder.root, PRIVATE);
  await mkdir(folder.run, PRIVATE);
  await mkdir(folder.sockets, PRIVATE);
  return folder;
}

/** Ends its server and every program that was started for it, then removes all of it. Nothing happens where it is gone. */
export async function removeWorkFolder(folder: WorkFolder): Promise<void> {
  await stopPrivateServer(folder);
  await endMarkedPrograms(folder.root);
  for (const path of [folder.sockets, folder.root, recordOf(folder)]) {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The sessions that a work directory knows of; what else lies there is not ours. */
export async function keptFolders(workDir: string): Promise<KeptFolder[]> {
  const kept: KeptFolder[] = [];
  for (const name of await readdir(workDir)) {
    const root = RECORD_NAME.exec(name)?.[1];
    const key = root === undefined ? undefined : await readRecord(join(workDir, name));
    if (key === undefined) continue;
    const folder = workFolderOf(workDir, key);
    if (folder.root === join(workDir, root ?? '')) kept.push({ folder, key });
  }
  return kept;
}

function recordOf({ root }: WorkFolder): string {
  return `${root}.json`;
}

/** `undefined`: gone meanwhile, or not one of ours. */
async function readRecord(path: string): Promise<DrillSessionKey | undefined> {
  try {
    return DrillSessionKey.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch (failure) {
    if (failure instanceof SyntaxError || isSystemError(failure, 'ENOENT')) return undefined;
    throw failure;
  }
}
