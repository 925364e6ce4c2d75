import { afterAll, beforeAll, expect, test } from 'vitest';
import { FAILING_POD, SUCCEEDING_POD } from './backup-manifest.js';
import { BACKUPS, startHoldfastWorld, type HoldfastWorld } from './holdfast-world.js';
import { eventCounts, incidentOf, jobRunsOf } from './observations.js';
import { waitFor } from './wait-for.js';
import { startWorker, type WorkerProcess } from './worker-process.js';

/** A dead or frozen watcher is replaced this soon. */
const TAKE_OVER_MS = 15_000;
/** Work that the frozen worker had taken goes to another when its heartbeats are missed. */
const SETTLE_MS = 90_000;

let world: HoldfastWorld;
beforeAll(async () => {
  world = await startHoldfastWorld();
});
afterAll(async () => {
  await world?.stop();
});

const start = (name: string) => startWorker(world.stack.group, { name, env: world.stack.env });

async function metricsOf(worker: WorkerProcess): Promise<string> {
  return (await worker.ask('/metrics')).text;
}

const holdsWatch = async (worker: WorkerProcess) =>
  (await metricsOf(worker)).includes('holdfast_watch_objects{resource="backups"');

/** Series of the Backup, without the histogram's buckets, by name and own labels. */
async function seriesOf(worker: WorkerProcess, backup: string): Promise<Record<string, number>> {
  const lines = (await metricsOf(worker)).split('\n').filter((line) => line.includes(`backup="${backup}"`));
  const labels = `namespace="default",backup="${backup}"`;
  return Object.fromEntries(
    lines
      .filter((line) => !line.includes('_bucket'))
      .map((line) => [
        line
          .replace(/,?cluster="[^"]*"/, '')
          .replace(labels, '')
          .replace('{,', '{')
          .replace('{}', '')
          .split(' ')[0] ?? '',
        Number(line.split(' ').at(-1)),
      ]),
  );
}

/** A Backup that fails once and then succeeds, until its incident is over. */
async function settle(name: string): Promise<void> {
  await world.createBackup({ name, script: [FAILING_POD, SUCCEEDING_POD] });
  await waitFor(
    `the incident of ${name} settles`,
    () => incidentOf(world.journal, name)?.state === 'settled',
    SETTLE_MS,
  );
}

function expectOneRetry(name: string): void {
  expect(jobRunsOf(world.journal, name)).toHaveLength(2);
  expect(eventCounts(world.journal, name)).toEqual({ RetryStarted: 1, RetrySucceeded: 1 });
}

const RESULTS = 'tidb_operator_log_backup_retry_result_total';

test('a frozen watcher is replaced within 15 s: nothing is missed, done twice or told by two', async () => {
  const first = await start('first');
  await waitFor('the first has the watch', () => holdsWatch(first));
  const second = await start('second');
  await settle('before');
  await waitFor('the first has counted the retry', async () => {
    const series = await seriesOf(first, 'before');
    return series[`${RESULTS}{result="success"}`] === 1;
  });
  expect(await seriesOf(second, 'before')).toEqual({});

  world.stack.group.kill('first', 'SIGSTOP');
  await waitFor('the second has the watch', () => holdsWatch(second), TAKE_OVER_MS);
  await settle('meanwhile');
  expect(await seriesOf(second, 'before')).toMatchObject({
    [`${RESULTS}{result="success"}`]: 0,
    tidb_operator_log_backup_retry_current: 0,
    holdfast_backup_retry_exhausted: 0,
  });
  await waitFor('the second counts what it saw', async () => {
    const series = await seriesOf(second, 'meanwhile');
    return series[`${RESULTS}{result="success"}`] === 1;
  });

  world.stack.group.kill('first', 'SIGCONT');
  await waitFor('the first tells nothing any more', async () => !(await holdsWatch(first)));
  expect(await seriesOf(first, 'before')).toEqual({});
  expect(await holdsWatch(second)).toBe(true);
  await settle('after');
  for (const name of ['before', 'meanwhile', 'after']) expectOneRetry(name);

  await world.call({ method: 'DELETE', path: `${BACKUPS}/before` });
  await waitFor('the deleted Backup has no series', async () => {
    const series = await seriesOf(second, 'before');
    return Object.keys(series).length === 0;
  });
  expect(Object.keys(await seriesOf(second, 'meanwhile')).length).toBeGreaterThan(0);
}, 240_000);
