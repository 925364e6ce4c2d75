import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { DrillReport } from '../../../src/domain/drill/drill-report.js';
import { BackupRecord } from '../../../src/domain/drill/ledger.js';
import { renderDrillPage } from '../../../src/domain/drill/report-page.js';
import { startBackupProducer, type BackupProducer } from '../../backup-producer/start-backup-producer.js';
import { mariadbTools } from '../../binaries/mariadb-tools.js';
import { startObjectStore, type ObjectStore } from '../../object-store/start-object-store.js';
import { holdfastCommand, startWorker } from '../demo-worker.js';
import { publishBackups, type PublishedBackups } from '../drill-backups.js';
import type { Expectation } from '../expectations.js';
import { showHeading } from '../screen.js';
import { showCommand } from '../shown-command.js';
import { workflowUrl } from '../workflow-link.js';
import { drillExpectations, type DrillSceneFacts } from './drill-expectations.js';
import type { Scene, Stage } from './scene.js';

const PLAN = 'shop';
const BUCKET = 'backups';
const LEDGER_BUCKET = 'drill-ledger';
const COMMAND_DEADLINE_MS = 180_000;

/** The newest of three backups is damaged where `prepare` does not look. */
export const drillScene: Scene = {
  story: [
    'A real MariaDB is backed up three times by mariadb-backup, into a real S3, while it is written to.',
    'The newest backup is damaged in a way that `mariadb-backup --prepare` says "completed OK!" to.',
    'A drill of it fails with evidence; a drill of the one before restores it and passes.',
  ],
  play: async (stage) => {
    const world = await stage.stopwatch.measure('drill servers', () => openWorld(stage));
    const backups = await stage.stopwatch.measure('backups', () => showBackups(stage, world));
    const commands = await stage.stopwatch.measure('drills', () => showDrills(stage, { ...world, backups }));
    return stage.stopwatch.measure('facts', () => expectations({ ...world, backups, ...commands }));
  },
};

interface World {
  readonly store: ObjectStore;
  readonly producer: BackupProducer;
  readonly workDir: string;
  readonly planFile: string;
  /** Of the worker, and of the commands. */
  readonly env: Readonly<Record<string, string>>;
}

/** The store, a worker in the role drill, and the server that is backed up. */
async function openWorld({ stack }: Stage): Promise<World> {
  const { group, folder } = stack;
  const tools = await mariadbTools();
  const producing = startBackupProducer(group);
  producing.catch(() => undefined); // reported where it is awaited
  const store = await startObjectStore(group, { buckets: [BUCKET, LEDGER_BUCKET] });
  const workDir = join(folder, 'drill-work');
  const planFile = join(folder, 'plans.yaml');
  await Promise.all([mkdir(workDir, { mode: 0o700 }), writeFile(planFile, planText(store.endpoint))]);
  const { admin, readOnly } = store;
  const env = {
    BACKUPS_KEY: readOnly.accessKeyId,
    BACKUPS_SECRET: readOnly.secretAccessKey,
    LEDGER_KEY: admin.access.accessKeyId,
    LEDGER_SECRET: admin.access.secretAccessKey,
  };
  const role = { HOLDFAST_ROLES: 'drill', HOLDFAST_WORK_DIR: workDir, ...tools.env };
  await startWorker(stack, { name: 'drill-worker', env: { ...env, ...role } });
  return { store, producer: await producing, workDir, planFile, env };
}

function planText(endpoint: string): string {
  return `kind: DrillPlan
name: ${PLAN}
store:
  endpoint: ${endpoint}
  bucket: ${BUCKET}
  prefix: shop/
  credentials: {accessKeyId: {env: BACKUPS_KEY}, secretAccessKey: {env: BACKUPS_SECRET}}
ledger:
  endpoint: ${endpoint}
  bucket: ${LEDGER_BUCKET}
  prefix: shop/
  credentials: {accessKeyId: {env: LEDGER_KEY}, secretAccessKey: {env: LEDGER_SECRET}}
layout: directory
baselineRequired: true
required: {schemas: [shop, crm], tables: [shop.orders, shop.customers]}
queries:
  - {name: customers, sql: "SELECT COUNT(*) FROM shop.customers", expect: "500"}
schedule: {cron: "0 3 * * 0", timeZone: Europe/Berlin, jitter: 10m}
`;
}

async function showBackups({ screen, stack }: Stage, { store, producer }: World): Promise<PublishedBackups> {
  showHeading(screen, 'Three backups, and what is done to the newest');
  const target = { client: store.admin, bucket: BUCKET, prefix: 'shop/' };
  const backups = await publishBackups(stack.group, { producer, target });
  const { ids, damage } = backups;
  for (const id of ids) screen.line(`  s3://${BUCKET}/shop/${id}/`);
  screen.line(screen.paint('red', `  the newest: ${damage.done} (seed ${damage.seed})`));
  screen.line(`  mariadb-backup --prepare of a copy of it: exit code 0, "${damage.prepareSays}"`);
  return backups;
}

interface Shown {
  readonly exitCodes: Readonly<Record<'newest' | 'before', number | undefined>>;
  readonly lastVerified: DrillSceneFacts['lastVerified'];
  /** Of the drill of the newest backup, and of the one before. */
  readonly workflowIds: readonly string[];
  readonly stage: Stage;
}

async function showDrills(stage: Stage, world: World & { backups: PublishedBackups }): Promise<Shown> {
  const { screen, temporal } = stage;
  const [, before] = world.backups.ids;
  showHeading(screen, 'The plan, and a drill of the newest backup');
  const holdfast = (...args: string[]) => runShown(stage, world, args);
  await holdfast('apply', '-f', world.planFile);
  const newest = await holdfast('drill', 'run', PLAN, '--wait');
  const page = await writePage(world);
  screen.line(`\nThe report as one HTML page: ${page}`);
  showHeading(screen, 'A drill of the backup before it');
  const earlier = await holdfast('drill', 'run', PLAN, '--backup', before, '--wait');
  const listed = await holdfast('backups', 'list', PLAN);
  const workflowIds = [newest, earlier].map(({ stdout }) => /WORKFLOW ID +(\S+)/.exec(stdout)?.[1] ?? '');
  for (const id of workflowIds) screen.line(`\nIn Temporal's Web UI: ${workflowUrl(temporal, id)}`);
  const exitCodes = { newest: newest.exitCode, before: earlier.exitCode };
  const lastVerified = /^LAST VERIFIED (\S+)/m.exec(listed.stdout)?.[1];
  return { exitCodes, lastVerified, workflowIds, stage };
}

/** What goes to stderr is shown where it is all there is to say. */
async function runShown(stage: Stage, world: World, args: readonly string[]) {
  const result = await run(stage, world, args);
  const { stdout, stderr, exitCode } = result;
  const output = `${stdout === '' ? stderr : stdout}\n(exit code ${exitCode})`;
  showCommand(stage.screen, { command: `holdfast ${args.join(' ')}`, output });
  return result;
}

function run({ stack, signal }: Stage, { env }: World, words: readonly string[]) {
  const [program, args] = holdfastCommand(words);
  return execa(program, args, {
    env: { ...stack.env, ...env, HOME: stack.folder, NO_COLOR: '1' },
    extendEnv: false,
    reject: false,
    timeout: COMMAND_DEADLINE_MS,
    cancelSignal: signal,
    forceKillAfterDelay: 1_000,
  });
}

/** Kept when the demo ends: a person wants to look at it. */
async function writePage(world: World & { backups: PublishedBackups }): Promise<string> {
  const [, , newest] = world.backups.ids;
  const { verdicts } = await recordOf(world, newest);
  const key = verdicts.at(-1)?.report;
  if (key === undefined) throw new Error(`the ledger has no report of backup ${newest}`);
  const text = await world.store.admin.getObject({ bucket: LEDGER_BUCKET, key });
  const file = join(tmpdir(), `drill-report-${newest}.html`);
  await writeFile(file, renderDrillPage(DrillReport.parse(JSON.parse(text.toString())), verdicts));
  return file;
}

async function recordOf({ store }: World, id: string): Promise<Pick<BackupRecord, 'verdicts'>> {
  const at = { bucket: LEDGER_BUCKET, key: `shop/_holdfast/backups/${id}.json` };
  const keys = await store.admin.listKeys({ bucket: at.bucket, prefix: at.key });
  if (keys.length === 0) return { verdicts: [] };
  return BackupRecord.parse(JSON.parse((await store.admin.getObject(at)).toString()));
}

async function expectations(played: World & Shown & { backups: PublishedBackups }): Promise<Expectation[]> {
  const { backups, workDir, workflowIds, stage } = played;
  const recorded = await Promise.all(
    backups.ids.map(async (id) => ({ id, verdicts: (await recordOf(played, id)).verdicts })),
  );
  const results = await Promise.all(
    workflowIds.map(async (id) => DrillReport.parse(await stage.client.workflow.getHandle(id).result())),
  );
  const left = (await readdir(workDir)).filter((name) => name !== 'host-id');
  return drillExpectations({ ...played, ids: backups.ids, recorded, results, left });
}
