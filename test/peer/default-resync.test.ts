import { afterAll, beforeAll, expect, test } from 'vitest';
import { SILENTLY_FAILING_POD, SUCCEEDING_POD } from '../e2e/backup-manifest.js';
import { conditionOf, jobRunsOf, latest, recordsOf } from '../e2e/observations.js';
import {
  jobWritesOf,
  letTwoResyncsPass,
  meddlingWith,
  startPeerWorld,
  waitUntilSettled,
  type PeerWorld,
} from './peer-world.js';

/** The operator's default. */
const RESYNC_MS = 30_000;
const POLICY = { maxRetryTimes: 1, retryTimeout: '2h', minRetryDuration: '3s' };
const KILLED_POD = { ...SILENTLY_FAILING_POD, oomKilled: true };

let world: PeerWorld;

/** The operator as it is installed, without a flag. */
beforeAll(async () => {
  world = await startPeerWorld([]);
  await world.createBackup({ name: 'killed', policy: POLICY, script: [KILLED_POD, SUCCEEDING_POD] });
  await world.createBackup({ name: 'hopeless', policy: POLICY, script: [KILLED_POD] });
  await Promise.all(['killed', 'hopeless'].map((name) => waitUntilSettled(world, name)));
  await letTwoResyncsPass(RESYNC_MS);
});

afterAll(async () => {
  await world?.stop();
});

test.each([
  ['killed', 'complete', 'Running'],
  ['hopeless', 'failed', 'Failed'],
])('two resyncs of an operator with its defaults leave %s as we brought it to its end', async (...scene) => {
  const [name, outcome, phase] = scene;
  expect(recordsOf(world.journal, name).map(({ retryNum }) => retryNum)).toEqual([1]);
  expect(jobRunsOf(world.journal, name).map((run) => run.outcome)).toEqual(['failed', outcome]);
  expect(latest(world.journal, name)?.status.phase).toBe(phase);
  expect(await meddlingWith(world, name)).toEqual([]);
  expect(jobWritesOf(await world.operatorWrites(name))).toEqual(['create']);
});

test('the one that used its retries up says so', () => {
  expect(conditionOf(latest(world.journal, 'hopeless'), 'Failed')).toMatchObject({
    reason: 'RetryExhausted',
  });
});
