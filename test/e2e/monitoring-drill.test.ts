import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackupObjects } from '../../dev/backup-producer/pack-backup.js';
import type { Monitoring } from '../../dev/monitoring/start-monitoring.js';
import { buildDashboards } from '../../monitoring/build-dashboards.js';
import { reasonToBeEmpty } from '../../monitoring/dashboards/empty-on-demo.js';
import { readValues, type RuleValues } from '../../monitoring/values.js';
import { ENDLESS_POD, FAILING_POD, SUCCEEDING_POD, TIDB_CLUSTER } from './backup-manifest.js';
import { openDrillStack, type DrillStack } from './drill-stack.js';
import { startHoldfastWorld } from './holdfast-world.js';
import { FAILING_SNAPSHOT_POD } from './restore-manifest.js';
import { createTikv, withRestores, type RestoreWorld } from './restore-world.js';
import { eachSecond, firing, sentTo, told, toldResolved } from './told-alerts.js';
import { waitFor } from './wait-for.js';

const CLUSTER = 'holdfast-dev';
const [FIRST, SECOND] = ['20261101T020000Z', '20261102T020000Z'];
/** Of plan `fresh`: longer than the way from a drill's end to the end of an alert. */
const VERIFIED_WITHIN_SECONDS = 60;
/** A drill host looks every 15 s, an alert is kept for 5 s, a group waits for 2 s. */
const NOTIFIED_MS = 60_000;

/** Most of it is waiting, as an alert does. */
const TEST_MS = 240_000;

let world: RestoreWorld;
let drills: DrillStack;
let monitoring: Monitoring;
let startedMs: number;

beforeAll(async () => {
  startedMs = Date.now();
  world = withRestores(
    await startHoldfastWorld({
      cluster: CLUSTER,
      journal: 'etcd', // the API server will be away
      monitoring: { intervalSeconds: 1, thresholds: inSeconds },
    }),
  );
  if (world.stack.monitoring === undefined) throw new Error('the stack came up without monitoring');
  monitoring = world.stack.monitoring;
  drills = await openDrillStack(world.stack);
  for (const worker of [drills.orchestrator, drills.host])
    await monitoring.prometheus.addTarget(worker.address);
  await drills.publish(`orders/${FIRST}`);
  await drills.publish(`orders/${SECOND}`, { change: zeroPartOfPage });
  await createTroubles();
});

afterAll(async () => {
  await drills?.stop();
  await world?.stop();
});

function inSeconds(values: RuleValues): RuleValues {
  const verifiedWithinOfPlan = { fresh: `${VERIFIED_WITHIN_SECONDS}s` };
  return {
    ...values,
    clusters: [CLUSTER],
    keepFiringFor: '5s',
    drill: { ...values.drill, verifiedWithinOfPlan },
  };
}

/** As a bad disk leaves it at the source. */
function zeroPartOfPage(objects: BackupObjects): void {
  const orders = Buffer.from(objects.get('shop/orders.ibd') ?? '');
  orders.fill(0, 4 * 16_384 + 500, 4 * 16_384 + 900);
  objects.set('shop/orders.ibd', orders);
}

/** Backups and Restores in every state that a dashboard shows. */
async function createTroubles(): Promise<void> {
  const policy = (maxRetryTimes: number, minRetryDuration: string, retryTimeout = '2h') => ({
    policy: { maxRetryTimes, retryTimeout, minRetryDuration },
  });
  await createTikv(world, { cluster: TIDB_CLUSTER });
  await Promise.all([
    world.createBackup({ name: 'mended', ...policy(2, '2s'), script: [FAILING_POD, SUCCEEDING_POD] }),
    world.createBackup({ name: 'exhausted', ...policy(1, '2s'), script: [FAILING_POD, FAILING_POD] }),
    world.createBackup({ name: 'timed-out', ...policy(5, '60s', '40s'), script: [FAILING_POD] }),
    world.createBackup({ name: 'waiting', ...policy(5, '30m'), script: [FAILING_POD] }),
    world.createRestore({ name: 'without-compaction', script: [ENDLESS_POD] }),
    world.createRestore({ name: 'failed', script: [FAILING_SNAPSHOT_POD] }),
  ]);
}

async function apply(plan: Parameters<DrillStack['planFile']>[0]): Promise<void> {
  const { exitCode, stderr } = await drills.holdfast('apply', '-f', await drills.planFile(plan));
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
}

/** @returns the exit code: 0 pass, 1 fail */
async function drill(...args: string[]): Promise<number | undefined> {
  return (await drills.holdfast('drill', 'run', ...args, '--wait')).exitCode;
}

async function untilTold(alert: Readonly<Record<string, string>>, timeoutMs = NOTIFIED_MS): Promise<void> {
  const what = JSON.stringify(alert);
  await waitFor(`${what} fires`, async () => (await firing(monitoring, alert)).length === 1, timeoutMs);
  await waitFor(`people hear of ${what}`, () => told(monitoring, alert).length > 0, NOTIFIED_MS);
}

const FAILED = { alertname: 'HoldfastDrillFailed', plan: 'orders' };
const NOT_VERIFIED = { alertname: 'HoldfastBackupNotVerified', plan: 'fresh' };

test(
  'a drill that failed is told to those whom it concerns, until one passes',
  async () => {
    await apply({ name: 'fresh' });
    await apply({ name: 'orders', schedule: { cron: '0 3 * * 0' } });
    expect(await drill('orders')).toBe(1);
    await untilTold(FAILED);
    expect(told(monitoring, FAILED)).toMatchObject([
      { status: 'firing', groupLabels: { cluster: CLUSTER, plan: 'orders' }, alerts: [{ labels: FAILED }] },
    ]);
    for (const place of ['slack', 'pagerDuty'] as const) {
      const heard = () => sentTo(monitoring, place).some((text) => /HoldfastDrillFailed.*orders/s.test(text));
      await waitFor(`${place} has it`, heard);
    }
    expect(sentTo(monitoring, 'slack').find((text) => text.includes('HoldfastDrillFailed'))).toContain(
      '#restore-drills',
    );

    expect(await drill('orders', '--backup', FIRST)).toBe(0);
    await waitFor('its end is told', () => toldResolved(monitoring, FAILED), NOTIFIED_MS);
    expect(await firing(monitoring, FAILED)).toEqual([]);
  },
  TEST_MS,
);

test(
  'a plan under which nothing was verified in time is told, until something is',
  async () => {
    await untilTold(NOT_VERIFIED, VERIFIED_WITHIN_SECONDS * 1_000 + NOTIFIED_MS);
    expect(await firing(monitoring, { alertname: NOT_VERIFIED.alertname })).toHaveLength(1);
    await drills.publish(`fresh/${FIRST}`);
    expect(await drill('fresh')).toBe(0);
    await waitFor('its end is told', () => toldResolved(monitoring, NOT_VERIFIED), NOTIFIED_MS);
  },
  TEST_MS,
);

/** Parts of what is not answered here, of all that need not be: neither TiDB nor every trouble is in this run. */
const NOT_HERE: readonly string[] = [
  'ALERTS{', // those of calls to the API server
  'tidb_log_backup_',
  'tikv_log_backup_',
  'verdict="inconclusive"}) == 1',
  'holdfast_drill_backup_size_median_',
  'holdfast_drill_running_', // a drill may be over before the next look at its plan
  'holdfast_watch_failures_',
  'temporal_workflow_task_execution_failed_',
  'temporal_activity_execution_failed_',
];

/** Away until what asks for its troubles has an answer. */
async function loseApiServerForAWhile(): Promise<void> {
  const { faults } = world.stack.controlPlane;
  await faults.killApiServer();
  const question = 'rate(holdfast_api_attempts_total{code="<error>"}[5m]) > 0';
  await waitFor(question, async () => (await monitoring.prometheus.api.query(question)).length > 0);
  await faults.startApiServer();
}

test('every question of the dashboards was answered in this run, except those that say why not', async () => {
  await loseApiServerForAWhile();
  const dashboards = buildDashboards((await readValues('production')).rules);
  const unanswered: string[] = [];
  for (const expression of dashboards.flatMap(({ expressions }) => expressions)) {
    const answers = await eachSecond(monitoring, { expression, fromMs: startedMs });
    if (answers.length === 0) unanswered.push(expression);
  }
  expect(unanswered.filter((expression) => reasonToBeEmpty(expression) === undefined)).toEqual([]);
  expect(unanswered.filter((expression) => !NOT_HERE.some((part) => expression.includes(part)))).toEqual([]);
});
