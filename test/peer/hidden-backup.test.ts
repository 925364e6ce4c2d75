import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAILING_POD, SILENTLY_FAILING_POD, SUCCEEDING_POD } from '../e2e/backup-manifest.js';
import { conditionsOf, incidentOf, jobRunsOf, latest, recordsOf } from '../e2e/observations.js';
import {
  jobWritesOf,
  letTwoResyncsPass,
  startPeerWorld,
  waitUntilSettled,
  type PeerWorld,
} from './peer-world.js';
import { HIDING_SELECTOR } from './tidb-operator.js';

const RESYNC_MS = 2_000;
const POLICY = { maxRetryTimes: 3, retryTimeout: '2h', minRetryDuration: '2s' };
const HIDDEN = [
  { name: 'hidden-snapshot', mode: 'snapshot', command: 'snapshot', phase: 'Complete' },
  { name: 'hidden-log', mode: 'log', command: 'log-start', phase: 'Running' },
] as const;

let world: PeerWorld;

beforeAll(async () => {
  world = await startPeerWorld([`-resync-duration=${RESYNC_MS}ms`, HIDING_SELECTOR]);
  const labels = { 'holdfast.dev/managed': 'true' };
  await Promise.all(
    HIDDEN.map(({ name, mode }) =>
      world.createBackup({
        name,
        labels,
        policy: POLICY,
        spec: { backupMode: mode },
        // One more than a snapshot that the operator owns survives: it gives up when the manager says Failed.
        script: [{ ...SILENTLY_FAILING_POD, oomKilled: true }, FAILING_POD, SUCCEEDING_POD],
      }),
    ),
  );
  await Promise.all(HIDDEN.map(({ name }) => waitUntilSettled(world, name)));
  await letTwoResyncsPass(RESYNC_MS);
});

afterAll(async () => {
  await world?.stop();
});

describe.each(HIDDEN)('a $mode backup that is hidden from the operator', ({ name, command, phase }) => {
  test('is created and retried by us, to its success', async () => {
    expect(jobRunsOf(world.journal, name, command).map(({ attempt, outcome }) => [attempt, outcome])).toEqual(
      [
        ['0', 'failed'],
        ['1', 'failed'],
        ['2', 'complete'],
      ],
    );
    expect(recordsOf(world.journal, name).map(({ retryNum }) => retryNum)).toEqual([1, 2]);
    expect(latest(world.journal, name)?.status.phase).toBe(phase);
    expect(conditionsOf(latest(world.journal, name))).not.toContain('Failed');
    expect(incidentOf(world.journal, name)).toMatchObject({ retries: 2, state: 'settled' });
    expect(jobWritesOf(await world.ourWrites(name))).toEqual([
      'create',
      'delete',
      'create',
      'delete',
      'create',
    ]);
  });

  test('is never touched by the operator', async () => {
    expect(await world.operatorWrites(name)).toEqual([]);
  });
});
