import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DrillPlanSource } from '../../src/domain/drill/drill-plan.js';
import { mariadbTools } from '../binaries/mariadb-tools.js';
import type { ObjectStore } from '../object-store/start-object-store.js';
import type { Stack } from '../stack/stack.js';
import { startWorker } from './demo-worker.js';

export const DRILL_WORKER = 'drill-worker';
export const BACKUP_BUCKET = 'backups';
export const LEDGER_BUCKET = 'drill-ledger';

/** A drill host beside the worker, and what a plan for it says about the store. */
export interface DrillWorker {
  readonly workDir: string;
  /** The secrets that `stores` refers to: for the commands, too. */
  readonly env: Readonly<Record<string, string>>;
  /** The backups by an identity that may only read; the ledger in a bucket of its own. */
  readonly stores: Required<Pick<DrillPlanSource, 'store' | 'ledger'>>;
}

/** Starts the built worker in the role drill as server `drill-worker` of the stack's process group. */
export async function startDrillWorker(stack: Stack, store: ObjectStore): Promise<DrillWorker> {
  const tools = await mariadbTools();
  const workDir = join(stack.folder, 'drill-work');
  await mkdir(workDir, { mode: 0o700 });
  const { endpoint, admin, readOnly } = store;
  const env = {
    BACKUPS_KEY: readOnly.accessKeyId,
    BACKUPS_SECRET: readOnly.secretAccessKey,
    LEDGER_KEY: admin.access.accessKeyId,
    LEDGER_SECRET: admin.access.secretAccessKey,
  };
  const role = { HOLDFAST_ROLES: 'drill', HOLDFAST_WORK_DIR: workDir, ...tools.env };
  await startWorker(stack, { name: DRILL_WORKER, env: { ...env, ...role } });
  const location = (bucket: string, secrets: 'BACKUPS' | 'LEDGER') => ({
    endpoint,
    bucket,
    prefix: 'shop/',
    credentials: {
      accessKeyId: { env: `${secrets}_KEY` },
      secretAccessKey: { env: `${secrets}_SECRET` },
    },
  });
  return {
    workDir,
    env,
    stores: { store: location(BACKUP_BUCKET, 'BACKUPS'), ledger: location(LEDGER_BUCKET, 'LEDGER') },
  };
}
