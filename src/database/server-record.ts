import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isSystemError } from './process-identity.js';

const Login = z.object({ socket: z.string(), user: z.string(), password: z.string() });

/** The private server that belongs to a work folder, for rungs and processes that come after the one that started it. */
const ServerRecord = z.object({
  pid: z.int().positive(),
  /** Opaque; with the pid it names one process for ever. */
  startTime: z.string(),
  admin: Login,
  reader: Login,
  /** Whether it has a network namespace of its own. */
  isolated: z.boolean(),
});
export type ServerRecord = z.output<typeof ServerRecord>;

export async function writeServerRecord(runFolder: string, record: ServerRecord): Promise<void> {
  const file = recordFile(runFolder);
  await writeFile(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** @returns `undefined` where no server was started, or where what is there is no record */
export async function readServerRecord(runFolder: string): Promise<ServerRecord | undefined> {
  let text: string;
  try {
    text = await readFile(recordFile(runFolder), 'utf8');
  } catch (failure) {
    if (isSystemError(failure, 'ENOENT')) return undefined;
    throw failure;
  }
  const parsed = ServerRecord.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
}

export function recordFile(runFolder: string): string {
  return join(runFolder, 'server.json');
}
