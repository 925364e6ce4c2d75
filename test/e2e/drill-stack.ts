import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { z } from 'zod';
import { archiveBinlogs } from '../../dev/backup-producer/archive-binlogs.js';
import {
  packBackup,
  type BackupCompression,
  type BackupLayout,
  type BackupObjects,
} from '../../dev/backup-producer/pack-backup.js';
import { uploadObjects, withManifest } from '../../dev/backup-producer/publish-backup.js';
import { startBackupProducer, type TakenBackup } from '../../dev/backup-producer/start-backup-producer.js';
import { mariadbTools, type MariadbTools } from '../../dev/binaries/mariadb-tools.js';
import { startObjectStore, type ObjectStore } from '../../dev/object-store/start-object-store.js';
import { startStack, type Stack } from '../../dev/stack/stack.js';
import { workFolderOf } from '../../src/activities/drill/work-folder.js';
import { isSystemError } from '../../src/database/process-identity.js';
import type { DrillPlanSource } from '../../src/domain/drill/drill-plan.js';
import { DrillReport } from '../../src/domain/drill/drill-report.js';
import { runHoldfast } from './run-holdfast.js';
import { startWorker, type WorkerProcess } from './worker-process.js';

const BUCKET = 'backups';
const LEDGER_BUCKET = 'ledger';
export const BINLOGS = 'shop/binlogs/';

/** What `holdfast drill run --wait -o json` answers. */
export const DrillAnswer = DrillReport.omit({ backup: true }).extend({
  backup: z.string(),
  rung: z.string().nullable(),
  rootCause: z.string().nullable(),
});

/** The whole local stack, an S3 server with backups of a real MariaDB, and workers in both roles. */
export interface DrillStack {
  readonly stack: Stack;
  readonly store: ObjectStore;
  readonly temporal: Client;
  readonly tools: MariadbTools;
  /** HOLDFAST_WORK_DIR of the drill host. */
  readonly workDir: string;
  /** In the roles orchestrator and watch. */
  readonly orchestrator: WorkerProcess;
  readonly host: WorkerProcess;
  /** What plans refer to, for whoever reads a store or the ledger. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Uploads the one real backup under this id, as it is or with changed files; their manifest agrees. */
  publish(
    id: string,
    how?: {
      layout?: BackupLayout;
      compression?: BackupCompression;
      change?: (objects: BackupObjects) => void | Promise<void>;
    },
  ): Promise<void>;
  /** A file with this plan, the rest as usual: below `shop/<name>/`, backups by way of `endpoint`. Returns its path. */
  planFile(plan: Partial<DrillPlanSource> & { name: string }, endpoint?: string): Promise<string>;
  holdfast(...args: string[]): ReturnType<typeof runHoldfast>;
  /** Another drill host on the same work directory, until it is ended. */
  startHost(name: string, env?: Readonly<Record<string, string>>): Promise<WorkerProcess>;
  /** What of drills lies or runs on a host: names below its work directory, by default that of `host`; programs. */
  leftovers(folder?: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export interface DrillStackOptions {
  /** Default: all of the tools. */
  readonly path?: (toolFolder: string, folder: string) => Promise<string>;
}

export async function startDrillStack(options: DrillStackOptions = {}): Promise<DrillStack> {
  const stack = await startStack({ withNodeAgent: false });
  try {
    return await openDrillStack(stack, options);
  } catch (failure) {
    await stack.stop();
    throw failure;
  }
}

/** On a stack that is there already, which ends with it. */
export async function openDrillStack(stack: Stack, options: DrillStackOptions = {}): Promise<DrillStack> {
  const { group, folder, env } = stack;
  const tools = await mariadbTools();
  const [store, { backup, binlogs }, connection] = await Promise.all([
    startObjectStore(group, { buckets: [BUCKET, LEDGER_BUCKET] }),
    takeBackup(stack),
    Connection.connect({ address: env['TEMPORAL_ADDRESS'] ?? '' }),
  ]);
  await uploadObjects(store.admin, { bucket: BUCKET, prefix: BINLOGS }, binlogs);
  const workDir = join(folder, 'work');
  const path = (await options.path?.(tools.binDir, folder)) ?? tools.binDir;
  const secrets = secretsOf(store);
  const startHost = (name: string, more: Readonly<Record<string, string>> = {}) =>
    startWorker(group, {
      name,
      env: {
        ...env,
        ...secrets,
        HOLDFAST_ROLES: 'drill',
        HOLDFAST_WORK_DIR: workDir,
        PATH: `${path}:${process.env['PATH'] ?? ''}`,
        ...more,
      },
    });
  const orchestrator = await startWorker(group, { name: 'orchestrator', env });
  const host = await startHost('drill-host');
  return {
    stack,
    store,
    temporal: new Client({ connection }),
    tools,
    workDir,
    orchestrator,
    host,
    secrets,
    startHost,
    publish: async (id, { layout = 'directory', compression = 'none', change } = {}) => {
      const { folder: files, streamFile } = backup;
      const objects = await packBackup({ group, tools }, { folder: files, streamFile, layout, compression });
      await change?.(objects);
      const [plan = '', name = ''] = id.split('/');
      await uploadObjects(
        store.admin,
        { bucket: BUCKET, prefix: `shop/${plan}/${name}/` },
        withManifest(objects, backup.baseline),
      );
    },
    planFile: (plan, endpoint = store.endpoint) => writePlan({ folder, store, endpoint }, plan),
    holdfast: (...args) => runHoldfast(stack, { args, env: secrets }),
    leftovers: (folder = workDir) => leftoversIn(folder),
    stop: async () => {
      await connection.close();
      await stack.stop();
    },
  };
}

async function takeBackup({ group }: Stack): Promise<{ backup: TakenBackup; binlogs: BackupObjects }> {
  const producer = await startBackupProducer(group, { size: { orders: 600, attachments: 3 } });
  const { server, reference } = producer;
  const backup = await producer.takeBackup({ output: 'stream' });
  for (const row of [1, 2, 3]) {
    await server.sql(`INSERT INTO crm.contacts (mail) VALUES ('${row}@example.com'); FLUSH BINARY LOGS`);
  }
  const { objects } = await archiveBinlogs(producer, backup);
  await server.shutdown();
  await reference.server.shutdown();
  return { backup, binlogs: objects };
}

/** Secrets reach workers and people by their environment; plans name the variables. */
function secretsOf({ readOnly, admin: { access } }: ObjectStore): Record<string, string> {
  return {
    READER_ID: readOnly.accessKeyId,
    READER_SECRET: readOnly.secretAccessKey,
    LEDGER_ID: access.accessKeyId,
    LEDGER_SECRET: access.secretAccessKey,
  };
}

async function writePlan(
  { folder, store, endpoint }: { folder: string; store: ObjectStore; endpoint: string },
  plan: Partial<DrillPlanSource> & { name: string },
): Promise<string> {
  const whole: DrillPlanSource = {
    kind: 'DrillPlan',
    store: {
      endpoint,
      bucket: BUCKET,
      prefix: `shop/${plan.name}/`,
      credentials: { accessKeyId: { env: 'READER_ID' }, secretAccessKey: { env: 'READER_SECRET' } },
    },
    ledger: {
      endpoint: store.endpoint,
      bucket: LEDGER_BUCKET,
      prefix: `${plan.name}/`,
      credentials: { accessKeyId: { env: 'LEDGER_ID' }, secretAccessKey: { env: 'LEDGER_SECRET' } },
    },
    layout: 'directory',
    ...plan,
  };
  const file = join(folder, 'plans', `${plan.name}.yaml`);
  await mkdir(join(folder, 'plans'), { recursive: true });
  await writeFile(file, JSON.stringify(whole)); // which is YAML, too
  return file;
}

async function leftoversIn(workDir: string): Promise<string[]> {
  const names = (await readdir(workDir)).filter((name) => name !== 'host-id');
  return [...names, ...(await programsBelow(workDir))];
}

/** Also of folders that are gone: the mark of a drill's programs outlives its folder. */
async function programsBelow(workDir: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found: string[] = [];
  for (const pid of pids) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch((failure: unknown) => {
      if (['ENOENT', 'ESRCH', 'EACCES'].some((code) => isSystemError(failure, code))) return ''; // gone, or not ours
      throw failure;
    });
    if (environment.includes(`HOLDFAST_DRILL_FOLDER=${workDir}/`)) found.push(`process ${pid}`);
  }
  return found;
}

/** Where the first session of a drill works. */
export function folderOfDrill({ workDir }: DrillStack, drill: { workflowId: string; runId: string }) {
  return workFolderOf(workDir, { ...drill, session: 1 });
}
