import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Hold, HoldMatch } from '../../dev/hold-proxy/holds.js';
import { startHoldProxy, type HoldProxy } from '../../dev/hold-proxy/start-hold-proxy.js';
import { logJobName } from '../../src/domain/backup/log-job-name.js';
import { parseTime } from '../../src/domain/time.js';
import { writesOf } from './audit-log.js';
import { FAILING_POD, SUCCEEDING_POD } from './backup-manifest.js';
import { startHoldfastWorld, type HoldfastWorld } from './holdfast-world.js';
import {
  eventCounts,
  incidentOf,
  jobRunsOf,
  latest,
  recordsOf,
  revisionOfRealRetryAt,
} from './observations.js';
import { waitFor } from './wait-for.js';
import { startWorker, type WorkerProcess } from './worker-process.js';

/** A state in which the worker dies, and the Backup that is in it then. All die by the same kill. */
interface DeathScene {
  readonly state: string;
  readonly backup: string;
  /** Base of the backoff. */
  readonly base: string;
  /** The call under way at the kill; `undefined`: the retry waits for its time. */
  readonly call?: HoldMatch;
}

const patchOf = (backup: string) => ({ method: 'PATCH', path: new RegExp(`/backups/${backup}(\\?|$)`) });
const creationOfRetry = (backup: string) => ({
  method: 'POST',
  path: /\/jobs(\?|$)/,
  body: new RegExp(`"name":"${logJobName(backup, 'log-start')}".*"holdfast.dev/attempt":"1"`),
});

const eventOn = (backup: string, reason: string) => ({
  method: 'POST',
  path: /\/events(\?|$)/,
  body: new RegExp(`"name":"${backup}\\..*"reason":"${reason}"`),
});

const SCENES: readonly DeathScene[] = [
  {
    state: 'before the record is written',
    backup: 'unwritten-record',
    base: '1s',
    call: { ...patchOf('unwritten-record'), body: /backoffRetryStatus/, when: 'before' },
  },
  {
    state: 'when the record is written and it does not know',
    backup: 'written-record',
    base: '1s',
    call: { ...patchOf('written-record'), body: /backoffRetryStatus/, when: 'after' },
  },
  {
    state: 'when its Event is written and it does not know',
    backup: 'told-failure',
    base: '1s',
    call: { ...eventOn('told-failure', 'RetryStarted'), when: 'after' },
  },
  { state: 'waiting for a retry that gets due while it is dead', backup: 'due-while-dead', base: '4s' },
  { state: 'waiting for a retry that gets due when it is back', backup: 'due-later', base: '12s' },
  {
    state: 'when the failed Job is deleted and nothing says "scheduled"',
    backup: 'deleted-job',
    base: '1s',
    call: { ...patchOf('deleted-job'), body: /realRetryAt/, when: 'before' },
  },
  {
    state: 'when the failed Job is deleted, "scheduled" is written and the Job is not re-created',
    backup: 'scheduled-job',
    base: '1s',
    call: { ...creationOfRetry('scheduled-job'), when: 'before' },
  },
  {
    state: 'when the Job is re-created and it does not know',
    backup: 'unconfirmed-job',
    base: '1s',
    call: { ...creationOfRetry('unconfirmed-job'), when: 'after' },
  },
  {
    state: 'when the success is said and the incident is not settled',
    backup: 'told-success',
    base: '1s',
    call: { ...patchOf('told-success'), body: /settled/, when: 'before' },
  },
];

let world: HoldfastWorld;
let proxy: HoldProxy;
let worker: WorkerProcess;

beforeAll(async () => {
  world = await startHoldfastWorld();
  const { stack } = world;
  const kubeconfig = await stack.controlPlane.kubeconfigFor({ user: 'holdfast-worker' });
  proxy = await startHoldProxy({ kubeconfig, folder: join(stack.folder, 'proxy') });
  worker = await startWorker(stack.group, {
    name: 'worker',
    env: { ...stack.env, KUBECONFIG: proxy.kubeconfig },
  });
  await dieInAllStates();
  await worker.restart();
});

afterAll(async () => {
  await proxy?.stop();
  await world?.stop();
});

/** Each Backup fails once and is brought to its state; then the one kill. */
async function dieInAllStates(): Promise<void> {
  const holds = SCENES.map(({ call }) => (call === undefined ? undefined : proxy.holdNext(call)));
  const reached = SCENES.map((scene, index) => reach(scene, holds[index]));
  await Promise.all(reached);
  await worker.killHard();
  await waitFor('the dead worker has no connection', async () => (await proxy.connections()) === 0);
  for (const hold of holds) hold?.release(); // its client is gone: it goes nowhere
  await waitFor('the retry is due', () => isDue('due-while-dead'));
}

async function reach({ backup, base }: DeathScene, hold: Hold | undefined): Promise<void> {
  const policy = { maxRetryTimes: 5, retryTimeout: '2h', minRetryDuration: base };
  await world.createBackup({ name: backup, policy, script: [FAILING_POD, SUCCEEDING_POD] });
  if (hold === undefined) {
    await waitFor(`${backup} waits`, () => eventCounts(world.journal, backup)['RetryStarted'] === 1);
  } else {
    let caught = false;
    void hold.held.then(() => (caught = true));
    await waitFor(`the call of ${backup} is held`, () => caught);
  }
}

function isDue(backup: string): boolean {
  const [record] = recordsOf(world.journal, backup);
  return (parseTime(record?.expectedRetryAt) ?? Infinity) < Date.now();
}

for (const { state, backup } of SCENES)
  describe(`a worker that is killed ${state}`, () => {
    beforeAll(async () => {
      await waitFor(
        `the incident of ${backup} settles`,
        () => incidentOf(world.journal, backup)?.state === 'settled',
        60_000,
      );
    });

    test('leaves one record of the one failure', () => {
      expect(recordsOf(world.journal, backup)).toEqual([
        {
          retryNum: 1,
          detectFailedAt: expect.any(String),
          expectedRetryAt: expect.any(String),
          realRetryAt: expect.any(String),
          retryReason: `Job backup-${backup}-log-start has failed`,
          originalReason: expect.stringContaining('exit code 1'),
        },
      ]);
    });

    test('leaves one Job for each attempt', async () => {
      const runs = jobRunsOf(world.journal, backup);
      expect(runs.map(({ attempt, outcome }) => ({ attempt, outcome }))).toEqual([
        { attempt: '0', outcome: 'failed' },
        { attempt: '1', outcome: 'complete' },
      ]);
      const writes = await writesOf(world.stack.controlPlane.auditLog, 'holdfast-worker');
      const creations = writes.filter(
        ({ verb, resource, name, code }) =>
          verb === 'create' &&
          resource === 'jobs' &&
          name === logJobName(backup, 'log-start') &&
          code === 201,
      );
      expect(creations).toHaveLength(2);
    });

    test('starts the retry neither early nor before its realRetryAt is stored', () => {
      const [record] = recordsOf(world.journal, backup);
      const [, retry] = jobRunsOf(world.journal, backup);
      const expectedMs = parseTime(record?.expectedRetryAt);
      expect(retry?.createdMs).toBeGreaterThanOrEqual(expectedMs ?? Infinity);
      expect(parseTime(record?.realRetryAt)).toBeGreaterThanOrEqual(expectedMs ?? Infinity);
      const storedRevision = revisionOfRealRetryAt(world.journal, { backup, retryNum: 1 });
      expect(storedRevision).toBeLessThan(retry?.createdRevision ?? 0);
    });

    test('doubles no Event and ends in success', async () => {
      const settled = latest(world.journal, backup);
      expect(settled?.status).toMatchObject({
        phase: 'Running',
        logSubCommandStatuses: { 'log-start': { phase: 'Complete' } },
      });
      if (settled === undefined) return;
      expect(await world.workflowOf(settled).result()).toMatchObject({ outcome: 'Succeeded' });
      expect(eventCounts(world.journal, backup)).toEqual({ RetryStarted: 1, RetrySucceeded: 1 });
    });
  });
