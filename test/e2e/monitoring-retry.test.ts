import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Monitoring } from '../../dev/monitoring/start-monitoring.js';
import type { RuleValues } from '../../monitoring/values.js';
import { FAILING_POD, SUCCEEDING_POD, type PodScript } from './backup-manifest.js';
import { startHoldfastWorld, type HoldfastWorld } from './holdfast-world.js';
import { runHoldfast } from './run-holdfast.js';
import { eachSecond, firing, sentTo, told, toldResolved } from './told-alerts.js';
import { waitFor } from './wait-for.js';
import { startWorker, type WorkerProcess } from './worker-process.js';

const CLUSTER = 'holdfast-dev';
/** Longer than a failover of the watch, and kept firing for longer than that, as in every environment. */
const ABSENT_SECONDS = 30;
const KEEP_FIRING_SECONDS = 40;
/** A dead watcher is replaced this soon. */
const TAKE_OVER_MS = 20_000;
const NOTIFIED_MS = 20_000;

/** Most of it is waiting, as an alert does. */
const TEST_MS = 240_000;

let world: HoldfastWorld;
let monitoring: Monitoring;
let workers: Record<'first' | 'second', WorkerProcess>;

beforeAll(async () => {
  world = await startHoldfastWorld({
    cluster: CLUSTER,
    monitoring: { intervalSeconds: 1, thresholds: inSeconds },
  });
  if (world.stack.monitoring === undefined) throw new Error('the stack came up without monitoring');
  monitoring = world.stack.monitoring;
  const first = await start('first');
  await waitFor('the first has the watch', () => shows(first, 'holdfast_watch_objects'));
  workers = { first, second: await start('second') };
});

afterAll(async () => {
  await world?.stop();
});

function inSeconds(values: RuleValues): RuleValues {
  return {
    ...values,
    clusters: [CLUSTER],
    keepFiringFor: `${KEEP_FIRING_SECONDS}s`,
    watch: { ...values.watch, absentFor: `${ABSENT_SECONDS}s` },
    drill: { ...values.drill, expected: false },
  };
}

async function start(name: string): Promise<WorkerProcess> {
  const worker = await startWorker(world.stack.group, { name, env: world.stack.env });
  await monitoring.prometheus.addTarget(worker.address);
  return worker;
}

/** Whether Prometheus has series of this name from this worker now. */
async function shows(worker: WorkerProcess, metric: string): Promise<boolean> {
  const series = await monitoring.prometheus.api.query(`${metric}{instance="${worker.address}"}`);
  return series.length > 0;
}

/** A Backup that uses up its one retry. */
function exhaust(name: string, later: PodScript = []) {
  const policy = { maxRetryTimes: 1, retryTimeout: '2h', minRetryDuration: '1s' };
  return world.createBackup({ name, policy, script: [FAILING_POD, FAILING_POD, ...later] });
}

/** Who was told something that matches, of the places that do not hear everything. */
function placesThatHeard(pattern: RegExp): string[] {
  const heard = {
    slack: sentTo(monitoring, 'slack'),
    pagerDuty: sentTo(monitoring, 'pagerDuty'),
    mail: monitoring.mail.mails(),
  };
  return Object.entries(heard).flatMap(([place, texts]) =>
    texts.some((text) => pattern.test(text)) ? [place] : [],
  );
}

const exhausted = (backup: string) => ({ alertname: 'LogBackupRetriesExhausted', backup });
const ABSENT = { alertname: 'HoldfastMetricsAbsent' };

test(
  'an exhausted retry reaches those whom it concerns, each Backup by itself, and is over after retry-now',
  async () => {
    await Promise.all([exhaust('orders', [SUCCEEDING_POD]), exhaust('ledger')]);
    const [alert] = await waitFor('it fires', async () => {
      const alerts = await firing(monitoring, exhausted('orders'));
      return alerts.length > 0 && alerts;
    });
    expect(alert).toMatchObject({
      labels: {
        severity: 'critical',
        component: 'tidb-operator',
        feature: 'log-backup-retry',
        cluster: CLUSTER,
        namespace: 'default',
      },
      annotations: { runbook_url: expect.stringMatching(/\/LogBackupRetriesExhausted\.md$/) },
    });
    for (const backup of ['orders', 'ledger']) {
      await waitFor(
        `people hear of ${backup}`,
        () => told(monitoring, exhausted(backup)).length > 0,
        NOTIFIED_MS,
      );
      const [notification] = told(monitoring, exhausted(backup));
      expect(notification).toMatchObject({
        status: 'firing',
        groupLabels: { cluster: CLUSTER, namespace: 'default', backup },
        alerts: [{ labels: exhausted(backup) }],
      });
    }
    await waitFor(
      'all places have it',
      () => placesThatHeard(/LogBackupRetriesExhausted.*orders/s).length === 3,
    );
    const [slack = ''] = sentTo(monitoring, 'slack').filter((text) => text.includes('orders'));
    expect(slack).toMatch(/#tidb-alerts/);
    expect(slack).toMatch(
      /Log backup default\/orders in cluster holdfast-dev .*LogBackupRetriesExhausted\.md/s,
    );

    const { exitCode, stderr } = await runHoldfast(world.stack, {
      args: ['backup', 'retry-now', 'default/orders'],
    });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    await waitFor(
      'its end is told',
      () => toldResolved(monitoring, exhausted('orders')),
      NOTIFIED_MS + KEEP_FIRING_SECONDS * 1_000,
    );
    expect(await firing(monitoring, exhausted('ledger'))).toHaveLength(1);
  },
  TEST_MS,
);

test(
  'the watch goes to another worker: no series doubles, no alert ends, fires twice or is born of it',
  async () => {
    const { first, second } = workers;
    const killedMs = Date.now();
    await first.killHard();
    await waitFor(
      'the second tells of the Backup',
      () => shows(second, 'holdfast_backup_retry_exhausted'),
      TAKE_OVER_MS,
    );
    await exhaust('archive');
    await waitFor('it fires, too', async () => (await firing(monitoring, exhausted('archive'))).length === 1);

    const perBackup = 'count by (cluster, namespace, backup) (holdfast_backup_retry_exhausted)';
    const counts = await eachSecond(monitoring, { expression: perBackup, fromMs: killedMs });
    expect(counts).toHaveLength(3);
    expect(new Set(counts.map(({ labels }) => labels['backup']))).toEqual(
      new Set(['archive', 'ledger', 'orders']),
    );
    expect(counts.flatMap(({ points }) => points).filter(({ value }) => value !== 1)).toEqual([]);

    const ledger = 'ALERTS{alertname="LogBackupRetriesExhausted",backup="ledger"}';
    const [kept, ...others] = await eachSecond(monitoring, { expression: ledger, fromMs: killedMs });
    expect(others).toEqual([]);
    expect(kept?.labels).toMatchObject({ alertstate: 'firing' });
    const gaps = kept?.points.filter(
      ({ atSeconds }, index, all) => index > 0 && atSeconds - (all[index - 1]?.atSeconds ?? 0) > 1,
    );
    expect(gaps).toEqual([]);
    expect(told(monitoring, exhausted('ledger')).map(({ status }) => status)).toEqual(['firing']);

    const everything = await eachSecond(monitoring, {
      expression: 'ALERTS{alertstate="firing"}',
      fromMs: killedMs,
    });
    const names = new Set(everything.map(({ labels }) => labels['alertname']));
    expect(names).toEqual(new Set(['HoldfastWatchdog', 'LogBackupRetriesExhausted']));
  },
  TEST_MS,
);

test(
  'no worker at all is told, until one is back',
  async () => {
    const { second } = workers;
    await second.killHard();
    await waitFor(
      'it fires',
      async () => (await firing(monitoring, ABSENT)).length > 0,
      ABSENT_SECONDS * 1_000 + 15_000,
    );
    const heard = () => placesThatHeard(/HoldfastMetricsAbsent/);
    await waitFor(
      'people hear of it',
      () => told(monitoring, ABSENT).length > 0 && heard().length === 2,
      NOTIFIED_MS,
    );
    expect(heard()).toEqual(['slack', 'pagerDuty']);
    const [slack] = sentTo(monitoring, 'slack').filter((text) => text.includes('HoldfastMetricsAbsent'));
    expect(slack).toMatch(/#holdfast\b.*No worker in cluster holdfast-dev/s);

    const known = () => firing(monitoring, exhausted('ledger'));
    const forgotten = async () => (await known()).length === 0;
    await waitFor('Prometheus knows nothing of the Backup', forgotten, KEEP_FIRING_SECONDS * 1_000 + 15_000);
    await second.restart();
    await waitFor('its end is told', () => toldResolved(monitoring, ABSENT), TAKE_OVER_MS + NOTIFIED_MS);
    await waitFor('it knows it again', async () => (await known()).length === 1);
    // Nothing was mended meanwhile: nobody was told so, or the same again.
    for (const backup of ['ledger', 'archive'])
      expect(told(monitoring, exhausted(backup)).map(({ status }) => status)).toEqual(['firing']);
  },
  TEST_MS,
);

test('the dead-man switch was held the whole time, by an alert that nobody else is told of', () => {
  expect(sentTo(monitoring, 'deadMan').length).toBeGreaterThan(5);
  expect(told(monitoring, { alertname: 'HoldfastWatchdog' })).toEqual([]);
});
