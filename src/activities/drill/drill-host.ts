import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isSystemError } from '../../database/process-identity.js';
import { drillHostQueue } from '../../domain/names.js';

/** One place where drills leave their files: the work directory makes the host, not the process or its name. */
export interface DrillHost {
  /** The same for every process that works in this directory, now and after a restart. */
  readonly id: string;
  readonly taskQueue: string;
  /** Absolute. */
  readonly workDir: string;
  /** Of the whole directory, bytes; absent: as much as the volume has. */
  readonly limitBytes: number | undefined;
}

export interface DrillHostSettings {
  /** Prefix of all task queues. */
  readonly prefix: string;
  /** Made where it is not there. */
  readonly workDir: string;
  readonly limitBytes: number | undefined;
}

/** @throws Error where the directory cannot be made or written */
export async function openDrillHost({ prefix, workDir, limitBytes }: DrillHostSettings): Promise<DrillHost> {
  const absolute = resolve(workDir);
  await mkdir(absolute, { recursive: true, mode: 0o700 });
  const id = await hostId(absolute);
  return { id, taskQueue: drillHostQueue({ prefix, host: id }), workDir: absolute, limitBytes };
}

/** Two processes that start at once agree: the name is given away whole, and only once. */
async function hostId(workDir: string): Promise<string> {
  const file = join(workDir, 'host-id');
  const known = await readId(file);
  if (known !== undefined) return known;
  const id = randomBytes(6).toString('hex');
  const draft = `${file}.${id}`;
  await writeFile(draft, id, { mode: 0o600 });
  try {
    await link(draft, file);
    return id;
  } catch (failure) {
    if (!isSystemError(failure, 'EEXIST')) throw failure;
    return hostId(workDir);
  } finally {
    await rm(draft);
  }
}

async function readId(file: string): Promise<string | undefined> {
  try {
    const id = (await readFile(file, 'utf8')).trim();
    if (/^[0-9a-f]{12}$/.test(id)) return id;
    throw new Error(`${file} holds no id of a drill host: remove it`);
  } catch (failure) {
    if (isSystemError(failure, 'ENOENT')) return undefined;
    throw failure;
  }
}
