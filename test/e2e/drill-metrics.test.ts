import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startObjectStore, type ObjectStore } from '../../dev/object-store/start-object-store.js';
import { createProcessGroup, type ProcessGroup } from '../../dev/processes/process-group.js';
import { startTemporal } from '../../dev/stack/temporal.js';
import { recordDrill } from '../../src/activities/drill/record-drill.js';
import { readSettings } from '../../src/cli/settings.js';
import { openTemporal, type TemporalAccess } from '../../src/cli/temporal-access.js';
import type { DrillPlan, DrillPlanSource } from '../../src/domain/drill/drill-plan.js';
import { createS3Store } from '../../src/storage/s3-store.js';
import { exampleReport, type ExampleDrill } from '../domain/drill/example-drill.js';
import { drillPlan } from '../workflows/drill-world.js';
import { WORKFLOW_BUNDLE } from '../workflows/time-skipping-server.js';
import { waitFor } from './wait-for.js';
import { startWorker, type WorkerProcess } from './worker-process.js';

/** A host that holds the plans is missed after its heartbeat time-out, and replaced at once. */
const TAKE_OVER_MS = 20_000;
/** Plans are looked at every 15 s; a store that does not answer takes time, too. */
const NEXT_ROUND_MS = 45_000;
const CLUSTER = 'test';

let group: ProcessGroup;
let connection: NativeConnection;
let client: Client;
let access: TemporalAccess;
let store: ObjectStore;
let orchestrator: Worker;
let running: Promise<void>;
let hosts: Record<'first' | 'second', WorkerProcess>;
beforeAll(async () => {
  group = await createProcessGroup();
  const { address } = await startTemporal(group);
  store = await startObjectStore(group, { buckets: ['backups'] });
  connection = await NativeConnection.connect({ address });
  client = new Client({ connection });
  access = await openTemporal(readSettings({ TEMPORAL_ADDRESS: address, HOME: group.folder }));
  orchestrator = await Worker.create({ connection, taskQueue: 'holdfast', workflowBundle: WORKFLOW_BUNDLE });
  running = orchestrator.run();
  const start = (name: string) => startHost(name, address);
  hosts = { first: await start('first'), second: await start('second') };
});
afterAll(async () => {
  orchestrator?.shutdown();
  await running;
  await access?.close();
  await connection?.close();
  await group?.stop();
});

async function startHost(name: string, address: string): Promise<WorkerProcess> {
  const workDir = join(group.folder, `${name}-work`);
  await mkdir(workDir);
  return startWorker(group, {
    name,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: group.folder,
      TEMPORAL_ADDRESS: address,
      HOLDFAST_CLUSTER: CLUSTER,
      HOLDFAST_ROLES: 'drill',
      HOLDFAST_WORK_DIR: workDir,
      ...secrets(),
    },
  });
}

const secrets = () => ({
  DRILL_ID: store.admin.access.accessKeyId,
  DRILL_SECRET: store.admin.access.secretAccessKey,
});

/** @param endpoint default: of the store that is there */
function planOf(name: string, plan: Partial<DrillPlanSource> = {}, endpoint = store.endpoint): DrillPlan {
  Object.assign(process.env, secrets()); // this process enters drills as a host does
  return drillPlan({
    name,
    store: {
      endpoint,
      bucket: 'backups',
      prefix: `${name}/`,
      credentials: { accessKeyId: { env: 'DRILL_ID' }, secretAccessKey: { env: 'DRILL_SECRET' } },
    },
    ...plan,
  });
}

const apply = (plan: DrillPlan) => access.drills.apply({ cluster: CLUSTER, taskQueue: 'holdfast', plan });

async function enter(drill: ExampleDrill): Promise<void> {
  const report = exampleReport(drill);
  const input = { cluster: CLUSTER, plan: drill.plan, selfTest: false };
  await recordDrill({ openStore: createS3Store }, { input, report });
}

const OURS = /^(holdfast_(?:drill|schedule)_\w+)\{(.*)\} (\S+)$/;

/** Series of plans at one host, without the label `cluster`, which all of them have. */
async function seriesOf(host: WorkerProcess, plan?: string): Promise<Record<string, number>> {
  const series: Record<string, number> = {};
  for (const line of (await host.ask('/metrics')).text.split('\n')) {
    const [, name, labels = '', value] = OURS.exec(line) ?? [];
    const [, ofPlan] = /plan="([^"]*)"/.exec(labels) ?? [];
    if (name === undefined || ofPlan === undefined || (plan !== undefined && ofPlan !== plan)) continue;
    expect(labels).toContain(`cluster="${CLUSTER}"`);
    const rest = labels
      .replace(`cluster="${CLUSTER}"`, '')
      .replace(plan === undefined ? '' : `plan="${plan}"`, '');
    series[`${name}{${rest.replaceAll(/^,+|,+$/g, '').replaceAll(/,+/g, ',')}}`.replace('{}', '')] =
      Number(value);
  }
  return series;
}

async function holder(): Promise<keyof typeof hosts> {
  return waitFor(
    'a host has the plans',
    async () => {
      for (const name of ['first', 'second'] as const) {
        if (Object.keys(await seriesOf(hosts[name])).length > 0) return name;
      }
      return undefined;
    },
    NEXT_ROUND_MS,
  );
}

/** At the host that holds the plans, once the condition holds. */
async function shown(
  host: WorkerProcess,
  plan: string,
  holds: (series: Record<string, number>) => boolean,
): Promise<Record<string, number>> {
  return waitFor(
    `series of ${plan}`,
    async () => {
      const series = await seriesOf(host, plan);
      return holds(series) && series;
    },
    NEXT_ROUND_MS,
  );
}

const NIGHTLY = { cron: '0 2 * * *' };
const OBSERVED = 'holdfast_drill_observed_timestamp_seconds';

test('one host tells of all plans; killed, it is replaced, and the plans look the same', async () => {
  const shop = planOf('shop', { schedule: NIGHTLY, targets: { rto: '2h', rpo: '30m' } });
  const day = Date.parse('2026-11-18T02:00:00Z');
  for (const [index, sizeBytes] of [1_000, 1_200, 1_100].entries()) {
    await enter({ plan: shop, id: `b${index}`, startedMs: day + index * 86_400_000, sizeBytes });
  }
  await enter({
    plan: shop,
    id: 'b3',
    startedMs: day + 3 * 86_400_000,
    sizeBytes: 300,
    cause: 'missing-metadata',
  });
  await apply(shop);
  await apply(planOf('fresh'));
  const holds = await holder();
  const other = holds === 'first' ? 'second' : 'first';
  const before = await shown(hosts[holds], 'shop', (series) => OBSERVED in series);
  const { [OBSERVED]: observed = 0, ...values } = before;
  expect(observed).toBeGreaterThan(Date.now() / 1_000 - 60);
  expect(values).toEqual({
    holdfast_drill_plan_created_timestamp_seconds: expect.any(Number),
    'holdfast_drill_last_verdict{verdict="pass"}': 0,
    'holdfast_drill_last_verdict{verdict="fail"}': 1,
    'holdfast_drill_last_verdict{verdict="inconclusive"}': 0,
    holdfast_drill_last_finished_timestamp_seconds: Date.parse('2026-11-21T02:05:00Z') / 1_000,
    holdfast_drill_last_verified_timestamp_seconds: Date.parse('2026-11-20T02:05:00Z') / 1_000,
    holdfast_drill_rto_seconds: 129,
    holdfast_drill_rpo_seconds: 600,
    holdfast_drill_rto_target_seconds: 7_200,
    holdfast_drill_rpo_target_seconds: 1_800,
    'holdfast_drill_rung_seconds{rung="inventory"}': 1,
    'holdfast_drill_rung_seconds{rung="checksums"}': 40,
    'holdfast_drill_rung_seconds{rung="unpack"}': 10,
    'holdfast_drill_rung_seconds{rung="metadata"}': 0.5,
    holdfast_drill_downloaded_bytes: 200,
    holdfast_drill_backup_size_bytes: 300,
    holdfast_drill_backup_size_median_bytes: 1_100,
    holdfast_drill_backup_metadata_missing: 1,
    holdfast_drill_ledger_problems: 0,
    holdfast_schedule_next_timestamp_seconds: expect.any(Number),
    holdfast_schedule_paused: 0,
    holdfast_schedule_missed_total: 0,
    holdfast_schedule_skipped_total: 0,
  });
  const fresh = await shown(hosts[holds], 'fresh', (series) => OBSERVED in series);
  expect(Object.keys(fresh).sort()).toEqual([
    'holdfast_drill_ledger_problems',
    OBSERVED,
    'holdfast_drill_plan_created_timestamp_seconds',
    'holdfast_drill_rpo_target_seconds',
    'holdfast_drill_rto_target_seconds',
    'holdfast_schedule_missed_total',
    'holdfast_schedule_paused',
    'holdfast_schedule_skipped_total',
  ]);
  expect(await seriesOf(hosts[other])).toEqual({});

  await hosts[holds].killHard();
  const after = await waitFor(
    'the other host has the plans',
    async () => {
      const series = await seriesOf(hosts[other], 'shop');
      return OBSERVED in series && series;
    },
    TAKE_OVER_MS,
  );
  expect(after).toEqual({ ...values, [OBSERVED]: expect.any(Number) });
  await hosts[holds].restart();
  await waitFor('a round of the new holder', async () => {
    const { [OBSERVED]: now = 0 } = await seriesOf(hosts[other], 'shop');
    return now > (after[OBSERVED] ?? 0);
  });
  expect(await seriesOf(hosts[holds])).toEqual({});
  const { text } = await hosts[holds].ask('/metrics');
  expect(text).toContain('holdfast_drill_observe_failures_total{step="ledger"} 0');
});

test('a bucket that is away hides no other plan, and is told once', async () => {
  await apply(planOf('shop'));
  await apply(planOf('away', {}, 'http://127.0.0.1:1'));
  const holds = hosts[await holder()];
  const away = await shown(holds, 'away', (series) => Object.keys(series).length > 0);
  expect(away).not.toHaveProperty(OBSERVED);
  const failures = async () => {
    const { text } = await holds.ask('/metrics');
    return Number(/^holdfast_drill_observe_failures_total\{step="ledger"\} (\d+)/m.exec(text)?.[1]);
  };
  await waitFor('two failures', async () => (await failures()) > 1, NEXT_ROUND_MS);
  const { [OBSERVED]: since = 0 } = await shown(holds, 'shop', (series) => OBSERVED in series);
  await shown(holds, 'shop', ({ [OBSERVED]: now = 0 }) => now > since);
  const linesOf = async (plan: string) => {
    const lines = (await holds.log()).split('\n');
    return lines.filter((line) => line.includes(`"of":"s3://backups/${plan}/"`));
  };
  expect(await linesOf('away')).toEqual([expect.stringContaining('ECONNREFUSED')]);

  group.kill(store.name, 'SIGKILL');
  await group.exited(store.name);
  await waitFor('the host misses the store', async () => (await linesOf('shop')).length > 0, NEXT_ROUND_MS);
  const lost = await seriesOf(holds, 'shop');
  const missed = await failures();
  await waitFor('the next round', async () => (await failures()) > missed, NEXT_ROUND_MS);
  expect(await seriesOf(holds, 'shop')).toEqual(lost);
  expect(lost).toHaveProperty('holdfast_drill_last_verdict{verdict="fail"}', 1);
  await group.restart(store.name);
  const back = await shown(holds, 'shop', ({ [OBSERVED]: now = 0 }) => now > (lost[OBSERVED] ?? 0));
  expect(back).toHaveProperty('holdfast_drill_last_verdict{verdict="fail"}', 1);
});

test('Schedules are told as they are: running, skipped, paused, deleted', async () => {
  await apply(planOf('shop', { schedule: NIGHTLY }));
  await apply(planOf('away', {}, 'http://127.0.0.1:1')); // a drill that waits for its store
  const holds = hosts[await holder()];
  const away = { cluster: CLUSTER, plan: 'away' };
  await access.drills.trigger(away);
  const RUNNING = 'holdfast_drill_running_started_timestamp_seconds';
  await shown(holds, 'away', (series) => RUNNING in series);
  await access.drills.trigger(away);
  await shown(holds, 'away', ({ holdfast_schedule_skipped_total: skipped }) => skipped === 1);
  const [drill] = (await access.drills.plan(away))?.recent ?? [];
  await client.workflow.getHandle(drill?.workflowId ?? '').terminate();
  await access.drills.pause({ cluster: CLUSTER, plan: 'shop' }, 'the store moves');
  await shown(holds, 'away', (series) => !(RUNNING in series));
  const paused = await shown(holds, 'shop', ({ holdfast_schedule_paused: is }) => is === 1);
  expect(paused).not.toHaveProperty('holdfast_schedule_next_timestamp_seconds');

  await client.schedule.getHandle('drill/test/shop').delete();
  await shown(holds, 'shop', (series) => Object.keys(series).length === 0);
  expect(Object.keys(await seriesOf(holds, 'away')).length).toBeGreaterThan(0);
});
