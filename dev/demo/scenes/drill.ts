import { readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { stringify } from 'yaml';
import type { DrillPlanSource } from '../../../src/domain/drill/drill-plan.js';
import { DrillReport } from '../../../src/domain/drill/drill-report.js';
import { BackupRecord } from '../../../src/domain/drill/ledger.js';
import { startBackupProducer, type BackupProducer } from '../../backup-producer/start-backup-producer.js';
import { mariadbTools } from '../../binaries/mariadb-tools.js';
import { startObjectStore, type ObjectStore } from '../../object-store/start-object-store.js';
import { untilTold } from '../alerts.js';
import { holdfastCommand } from '../demo-worker.js';
import { BACKUP_BUCKET, LEDGER_BUCKET, startDrillWorker, type DrillWorker } from '../drill-worker.js';
import { publishBackups, type PublishedBackups } from '../drill-backups.js';
import type { Expectation } from '../expectations.js';
import { showHeading } from '../screen.js';
import { showCommand } from '../shown-command.js';
import { workflowUrl } from '../workflow-link.js';
import { drillExpectations, type DrillSceneFacts } from './drill-expectations.js';
import type { Scene, Stage } from './scene.js';

const PLAN = 'shop';
const ALERTS = ['HoldfastDrillFailed'];
const COMMAND_DEADLINE_MS = 180_000;

/** The newest of three backups is damaged where `prepare` does not look. */
export const drillScene: Scene = {
  story: [
    'A real MariaDB is backed up three times by mariadb-backup, into a real S3, while it is written to.',
    'The newest backup is damaged in a way that `mariadb-backup --prepare` says "completed OK!" to.',
    'A drill of it fails with evidence; a drill of the one before restores it and passes.',
  ],
  alerts: ALERTS,
  play: async (stage) => {
    const world = await stage.stopwatch.measure('drill servers', () => openWorld(stage));
    const backups = await stage.stopwatch.measure('backups', () => showBackups(stage, world));
    const commands = await stage.stopwatch.measure('drills', () => showDrills(stage, { ...world, backups }));
    return stage.stopwatch.measure('facts', () => expectations({ ...world, backups, ...commands }));
  },
};

interface World extends DrillWorker {
  readonly store: ObjectStore;
  readonly producer: BackupProducer;
  readonly planFile: string;
}

/** The store, a worker in the role drill, and the server that is backed up. */
async function openWorld({ stack }: Stage): Promise<World> {
  const { group, folder } = stack;
  await mariadbTools();
  const producing = startBackupProducer(group);
  producing.catch(() => undefined); // reported where it is awaited
  const store = await startObjectStore(group, { buckets: [BACKUP_BUCKET, LEDGER_BUCKET] });
  const worker = await startDrillWorker(stack, store);
  Object.assign(stack.env, worker.env); // for the commands, also of people who use what --keep leaves
  const planFile = join(folder, 'plans.yaml');
  await writeFile(planFile, stringify(planOf(worker)));
  return { ...worker, store, producer: await producing, planFile };
}

function planOf({ stores }: DrillWorker): DrillPlanSource {
  return {
    kind: 'DrillPlan',
    name: PLAN,
    ...stores,
    layout: 'directory',
    baselineRequired: true,
    required: { schemas: ['shop', 'crm'], tables: ['shop.orders', 'shop.customers'] },
    queries: [{ name: 'customers', sql: 'SELECT COUNT(*) FROM shop.customers', expect: '500' }],
    schedule: { cron: '0 3 * * 0', timeZone: 'Europe/Berlin', jitter: '10m' },
  };
}

async function showBackups({ screen, stack }: Stage, { store, producer }: World): Promise<PublishedBackups> {
  showHeading(screen, 'Three backups, and what is done to the newest');
  const target = { client: store.admin, bucket: BACKUP_BUCKET, prefix: 'shop/' };
  const backups = await publishBackups(stack.group, { producer, target });
  const { ids, damage } = backups;
  for (const id of ids) screen.line(`  s3://${BACKUP_BUCKET}/shop/${id}/`);
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
  const [, before, newestId] = world.backups.ids;
  showHeading(screen, 'The plan, and a drill of the newest backup');
  const holdfast = (...args: string[]) => runShown(stage, args);
  await holdfast('apply', '-f', world.planFile);
  const newest = await holdfast('drill', 'run', PLAN, '--wait');
  // Kept when the demo ends: a person wants to look at it.
  const page = join(tmpdir(), `drill-report-${newestId}.html`);
  await holdfast('drill', 'report', PLAN, '--html', page);
  screen.line(`\nThe report as one HTML page: ${page}`);
  if (stage.stack.monitoring !== undefined) {
    screen.line('\nWaiting until people hear of it: the drill host looks at its plans every 15 s.');
    await untilTold(stage.stack.monitoring, { wanted: ALERTS, signal: stage.signal });
  }
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
async function runShown(stage: Stage, args: readonly string[]) {
  const result = await run(stage, args);
  const { stdout, stderr, exitCode } = result;
  const output = `${stdout === '' ? stderr : stdout}\n(exit code ${exitCode})`;
  showCommand(stage.screen, { command: `holdfast ${args.join(' ')}`, output });
  return result;
}

function run({ stack, signal }: Stage, words: readonly string[]) {
  const [program, args] = holdfastCommand(words);
  return execa(program, args, {
    env: { ...stack.env, HOME: stack.folder, NO_COLOR: '1' },
    extendEnv: false,
    reject: false,
    timeout: COMMAND_DEADLINE_MS,
    cancelSignal: signal,
    forceKillAfterDelay: 1_000,
  });
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
