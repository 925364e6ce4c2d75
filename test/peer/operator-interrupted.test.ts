import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SILENTLY_FAILING_POD, SUCCEEDING_POD } from '../e2e/backup-manifest.js';
import { eventCounts, jobRunsOf, latest, recordsOf } from '../e2e/observations.js';
import { waitFor } from '../e2e/wait-for.js';
import { jobWritesOf, startPeerWorld, waitUntilSettled, type PeerWorld } from './peer-world.js';
import { OPERATOR } from './tidb-operator.js';

const KILLED_POD = { ...SILENTLY_FAILING_POD, oomKilled: true };
const POLICY = { maxRetryTimes: 3, retryTimeout: '2h', minRetryDuration: '8s' };

let world: PeerWorld;

beforeAll(async () => {
  world = await startPeerWorld(['-resync-duration=2s', '-kube-client-qps=100', '-kube-client-burst=200']);
});

afterAll(async () => {
  await world?.stop();
});

describe('the operator and the worker are killed while a retry waits, and come back', () => {
  const name = 'both-killed';

  beforeAll(async () => {
    await world.createBackup({ name, policy: POLICY, script: [KILLED_POD, SUCCEEDING_POD] });
    await waitFor('the failure is recorded', () => recordsOf(world.journal, name).length === 1);
    await Promise.all([world.stack.group.killHard(OPERATOR), world.worker.killHard()]);
    await Promise.all([world.stack.group.restart(OPERATOR), world.worker.restart()]);
    await waitUntilSettled(world, name);
  });

  test('one record, one retry, and success', async () => {
    expect(recordsOf(world.journal, name)).toEqual([
      expect.objectContaining({ retryNum: 1, realRetryAt: expect.any(String) }),
    ]);
    expect(jobRunsOf(world.journal, name).map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
      [undefined, 'failed'],
      ['1', 'complete'],
    ]);
    expect(eventCounts(world.journal, name)).toMatchObject({ RetryStarted: 1, RetrySucceeded: 1 });
  });

  test('the operator that comes back neither deletes nor creates a Job of the incident', async () => {
    expect(jobWritesOf(await world.operatorWrites(name))).toEqual(['create']);
    expect(jobWritesOf(await world.ourWrites(name))).toEqual(['delete', 'create']);
  });
});

describe('an operator that is down, its Lease not renewed', () => {
  beforeAll(async () => {
    const endsLater = { ...KILLED_POD, afterMs: 4_000 };
    await world.createBackup({ name: 'failing', policy: POLICY, script: [endsLater, SUCCEEDING_POD] });
    await waitFor('the operator has started it', () => jobRunsOf(world.journal, 'failing').length === 1);
    await world.stack.group.killHard(OPERATOR);
    await world.createBackup({ name: 'unattended', policy: POLICY, script: [SUCCEEDING_POD] });
    await waitUntilSettled(world, 'failing');
  });

  test('does not keep us from a retry', () => {
    expect(jobRunsOf(world.journal, 'failing').map(({ outcome }) => outcome)).toEqual(['failed', 'complete']);
  });

  test('is still the owner: it creates the first Job when it is back, and we do not', async () => {
    expect(jobRunsOf(world.journal, 'unattended')).toEqual([]);
    await world.stack.group.restart(OPERATOR);
    await waitFor(
      'the new Backup runs',
      () => latest(world.journal, 'unattended')?.status.phase === 'Running',
    );
    expect(jobWritesOf(await world.operatorWrites('unattended'))).toEqual(['create']);
    expect(await world.ourWrites('unattended')).toEqual([]);
  });
});
