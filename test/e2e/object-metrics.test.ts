import { afterAll, beforeAll, expect, test } from 'vitest';
import { FAILING_POD, SUCCEEDING_POD } from './backup-manifest.js';
import { BACKUPS } from './holdfast-world.js';
import { incidentOf } from './observations.js';
import { FAILING_SNAPSHOT_POD, LOG_POD, SNAPSHOT_POD } from './restore-manifest.js';
import { startRestoreWorld, type RestoreWorld } from './restore-world.js';
import { matching, servedSeries, type ServedSeries } from './served-series.js';
import { waitFor } from './wait-for.js';
import { startWorker, type WorkerProcess } from './worker-process.js';

const RESTORES = BACKUPS.replace(/backups$/, 'restores');
/** Of a worker that was killed; as in the test of a frozen one. */
const TAKE_OVER_MS = 15_000;
/** What derives from a Backup or a Restore. */
const OF_OBJECTS = /(backup|restore)="/;
const COUNTERS = /_(total|count|sum|bucket)\{/;

let world: RestoreWorld;
let first: WorkerProcess;
let second: WorkerProcess;

beforeAll(async () => {
  world = await startRestoreWorld();
  first = await startWorker(world.stack.group, { name: 'first', env: world.stack.env });
  await waitFor('the first has the watch', () => holdsWatch(first));
  second = await startWorker(world.stack.group, { name: 'second', env: world.stack.env });
});
afterAll(async () => {
  await world?.stop();
});

async function holdsWatch(worker: WorkerProcess): Promise<boolean> {
  const series = await servedSeries(worker);
  return Object.keys(matching(series, /^holdfast_watch_objects\{resource="backups"/)).length > 0;
}

/** Where every object stands, which a new holder must know, too. */
function gaugesOf(series: ServedSeries): Record<string, number> {
  const ofObjects = new Map(Object.entries(matching(series, OF_OBJECTS)));
  return Object.fromEntries([...ofObjects].filter(([name]) => !COUNTERS.test(name)));
}

function namesOf(series: ServedSeries, object: string): string[] {
  return Object.keys(matching(series, new RegExp(`="${object}"`)));
}

/** Two workers that tell the same would be added up. */
async function expectToldOnce(): Promise<void> {
  const [ours, theirs] = await Promise.all([servedSeries(first), servedSeries(second)]);
  const ofWatch = (series: ServedSeries) => Object.keys(matching(series, /cluster="/));
  expect(ofWatch(ours).filter((name) => theirs.has(name))).toEqual([]);
  expect([ours, theirs].filter((series) => ofWatch(series).length > 0)).toHaveLength(1);
  // Nothing of an object without the name of its cluster.
  for (const series of [ours, theirs]) {
    expect(Object.keys(matching(series, OF_OBJECTS)).filter((name) => !name.includes('cluster="'))).toEqual(
      [],
    );
  }
}

async function settle(name: string, script: readonly object[], more: object = {}): Promise<void> {
  await world.createBackup({ name, script, ...more });
  const isSettled = () => incidentOf(world.journal, name)?.state === 'settled';
  await waitFor(`the incident of ${name} settles`, isSettled, 90_000);
}

async function prepare(): Promise<void> {
  const once = { policy: { maxRetryTimes: 1, retryTimeout: '2h', minRetryDuration: '1s' } };
  await world.createCompactBackup('settled');
  await world.setCompaction('settled', { state: 'Complete' });
  await world.createRestore({
    name: 'uncompacted',
    script: [SNAPSHOT_POD, LOG_POD],
    compactBackup: 'missing',
  });
  await world.createRestore({ name: 'broken-restore', script: [FAILING_SNAPSHOT_POD] });
  const whole = { name: 'whole', script: [SNAPSHOT_POD, LOG_POD], compactBackup: 'settled' };
  const restored = world.createRestore(whole).then(world.restoreResult);
  await Promise.all([
    settle('mended', [FAILING_POD, SUCCEEDING_POD]),
    settle('exhausted', [FAILING_POD, FAILING_POD], once),
    world.createBackup({ name: 'healthy', script: [SUCCEEDING_POD] }),
    restored,
  ]);
}

test('the series of objects are told by one, survive the death of their holder, and vanish with their object', async () => {
  await prepare();
  const names = 'namespace="default",restore="uncompacted"';
  const before = await waitFor('the first tells where all of them stand', async () => {
    const series = await servedSeries(first);
    const told = [
      `holdfast_restore_phase{${names},phase="WaitingForCompaction"`,
      'holdfast_restore_failed{namespace="default",restore="broken-restore",reason="SnapshotRestoreFailed"',
      'holdfast_backup_retry_failed{namespace="default",backup="exhausted",reason="RetryExhausted"',
      'tidb_operator_log_backup_retry_result_total{namespace="default",backup="mended",result="success"',
    ];
    return told.every((start) => [...series].some(([name, value]) => name.startsWith(start) && value === 1))
      ? series
      : undefined;
  });
  expect(Object.keys(matching(before, new RegExp(`^holdfast_restore_waiting.*${names}`)))).toEqual([
    expect.stringContaining('reason="CompactBackupNotFound"'),
  ]);
  expect(namesOf(before, 'healthy')).toEqual([]);
  expect(namesOf(before, 'whole')).toEqual([]);
  await expectToldOnce();

  await first.killHard();
  await waitFor('the second has the watch', () => holdsWatch(second), TAKE_OVER_MS);
  const same = gaugesOf(before);
  const after = await waitFor('the second knows as many series', async () => {
    const series = await servedSeries(second);
    return Object.keys(gaugesOf(series)).length === Object.keys(same).length ? series : undefined;
  });
  expect(gaugesOf(after)).toEqual(same);
  const counted = Object.entries(matching(after, OF_OBJECTS)).filter(([name]) => COUNTERS.test(name));
  expect(counted.filter(([, value]) => value !== 0)).toEqual([]);
  expect(counted.length).toBeGreaterThan(0);

  await first.restart();
  await expectToldOnce();
  expect(matching(await servedSeries(first), /^holdfast_watch_restarts/)).toEqual({
    holdfast_watch_restarts_total: 0,
  });
  expect(matching(after, /^holdfast_watch_restarts/)).toEqual({ holdfast_watch_restarts_total: 1 });

  await world.call({ method: 'DELETE', path: `${BACKUPS}/exhausted` });
  await world.call({ method: 'DELETE', path: `${RESTORES}/broken-restore` });
  await waitFor('the deleted ones have no series', async () => {
    const series = await servedSeries(second);
    return [...namesOf(series, 'exhausted'), ...namesOf(series, 'broken-restore')].length === 0;
  });
  expect(namesOf(await servedSeries(second), 'uncompacted')).not.toEqual([]);

  await second.killHard();
  await world.call({ method: 'DELETE', path: `${BACKUPS}/mended` });
  await world.call({ method: 'DELETE', path: `${RESTORES}/uncompacted` });
  await waitFor('the first has the watch again', () => holdsWatch(first), TAKE_OVER_MS);
  await waitFor('it knows the Backup that is left', async () => {
    const backups = matching(await servedSeries(first), /^holdfast_watch_objects\{resource="backups"/);
    return Object.values(backups)[0] === 1;
  });
  expect(matching(await servedSeries(first), OF_OBJECTS)).toEqual({});
}, 240_000);
