import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Where the init container of a backup Job puts BR. */
const JOB_BR = '/var/lib/br-bin/br';

/**
 * Path of BR: HOLDFAST_BR_BIN, else where the Job's init container puts it, else `br` on PATH.
 * @throws Error that names every place that was tried
 */
export async function findBr(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const configured = env['HOLDFAST_BR_BIN'];
  const onPath = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates =
    configured === undefined ? [JOB_BR, ...onPath.map((folder) => join(folder, 'br'))] : [configured];
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return candidate;
  }
  const tried = configured === undefined ? `${JOB_BR} and PATH` : `HOLDFAST_BR_BIN=${configured}`;
  throw new Error(`BR was not found or cannot be executed (tried ${tried})`);
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
