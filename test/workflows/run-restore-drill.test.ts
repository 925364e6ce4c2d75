import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { DrillSession } from '../../src/activities/drill/drill-session.js';
import { DrillReport } from '../../src/domain/drill/drill-report.js';
import type { RungFinding, RungName } from '../../src/domain/drill/rung.js';
import { keepDigests } from '../../src/activities/drill/missing-manifest.js';
import { StoreFailure } from '../../src/storage/object-store.js';
import { drillStatus } from '../../src/workflows/drill-messages.js';
import type { RunRestoreDrillResult } from '../../src/workflows/run-restore-drill.js';
import { scriptedRungs } from '../activities/drill/scripted-rungs.js';
import {
  BACKUPS,
  createDrillWorld,
  drillPlan,
  storeWithBackups,
  type DrillWish,
  type DrillWorld,
} from './drill-world.js';
import { startTimeSkippingServer } from './time-skipping-server.js';

const NEWEST = '20261121T020000Z';
const BAD: RungFinding = {
  outcome: 'failed',
  summary: 'page 7 is damaged',
  cause: 'page-corruption',
  evidence: [{ text: 'Fail; page 7 invalid', source: 'shop/orders.ibd' }],
};

let server: TestWorkflowEnvironment;
beforeAll(async () => {
  server = await startTimeSkippingServer();
});
afterAll(() => server?.teardown());

const worlds: DrillWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.end();
});

async function worldWith(wish: DrillWish): Promise<DrillWorld> {
  const world = await createDrillWorld(server, wish);
  worlds.push(world);
  return world;
}

const reportOf = (result: RunRestoreDrillResult) => DrillReport.parse(result);
const failureOf = async (result: Promise<unknown>): Promise<unknown> =>
  result.then(
    () => undefined,
    (failure: unknown) => (failure instanceof WorkflowFailedError ? failure.cause : failure),
  );
const outcomes = ({ rungs }: DrillReport) =>
  Object.fromEntries(rungs.map(({ rung, outcome }) => [rung, outcome]));

describe('the verdict', () => {
  test('is pass where every rung passes, stands in the ledger, and the folder is gone', async () => {
    const world = await worldWith({ rungs: scriptedRungs({}) });
    const report = reportOf(await world.run({}, (handle) => handle.result()));
    expect(report).toMatchObject({ verdict: 'pass', backup: { id: NEWEST }, facts: { lastLsn: '42' } });
    expect(outcomes(report)).toMatchObject({ inventory: 'passed', data: 'passed', pitr: 'skipped' });
    expect(await world.verdicts()).toEqual([{ backup: NEWEST, verdict: 'pass' }]);
    const key = world.store.keys().find((name) => name.endsWith('report.json'));
    expect(DrillReport.parse(JSON.parse(world.store.text(key ?? '') ?? ''))).toEqual(report);
    expect(await world.litter()).toEqual([]);
  });

  test('is fail at the first bad rung, with its evidence, and no rung runs after it', async () => {
    const world = await worldWith({ rungs: scriptedRungs({ pages: () => BAD }) });
    const report = reportOf(await world.run({}, (handle) => handle.result()));
    expect(report).toMatchObject({
      verdict: 'fail',
      rung: 'pages',
      rootCause: 'page-corruption',
      evidence: BAD.evidence,
    });
    expect(outcomes(report)).toMatchObject({ pages: 'failed', prepare: 'skipped' });
    expect(await world.verdicts()).toEqual([{ backup: NEWEST, verdict: 'fail' }]);
  });

  test('is entered while the session closes: a host that is dead takes a minute for that', async () => {
    const world = await worldWith({ rungs: scriptedRungs({}) });
    const { events } = await world.run({}, async (handle) => {
      await handle.result();
      return handle.fetchHistory();
    });
    const decidedBy = (activity: string) =>
      events
        ?.map(({ activityTaskScheduledEventAttributes: scheduled }) => scheduled)
        .filter((scheduled) => scheduled?.activityType?.name === activity)
        .map((scheduled) => String(scheduled?.workflowTaskCompletedEventId));
    expect(decidedBy('recordDrill')).toHaveLength(1);
    expect(decidedBy('recordDrill')).toEqual(decidedBy('closeDrill'));
  });

  test('that a baseline carries leaves the manifest that was missing, where the plan allows it', async () => {
    const rungs = scriptedRungs({
      checksums: async ({ folder }) => {
        await keepDigests(folder, new Map([['ibdata1', 'a'.repeat(64)]]));
        return { outcome: 'passed', summary: 'read', evidence: [], facts: { manifest: 'absent' } };
      },
      data: () => ({
        outcome: 'passed',
        summary: 'as it was',
        evidence: [],
        facts: { baseline: 'verified' },
      }),
    });
    const world = await worldWith({ rungs });
    const plan = drillPlan({ writeMissingManifest: true });
    const report = reportOf(await world.run({ plan }, (handle) => handle.result()));
    expect(report).toMatchObject({ verdict: 'pass', facts: { manifest: 'written' } });
    const { workflowId, runId } = report.drill;
    expect(world.store.text(`orders/${NEWEST}/manifest.sha256`)).toBe(
      `# source: drill ${workflowId}/${runId}\n${'a'.repeat(64)}  ibdata1\n`,
    );
  });

  test('stays fail where all evidence is collected, and the rungs after it run', async () => {
    const world = await worldWith({ rungs: scriptedRungs({ pages: () => BAD }) });
    const report = reportOf(await world.run({ collectAll: true }, (handle) => handle.result()));
    expect(report).toMatchObject({ verdict: 'fail', rung: 'pages' });
    expect(outcomes(report)).toMatchObject({ pages: 'failed', prepare: 'passed', data: 'passed' });
  });

  test('is inconclusive where the store stays away, after it was tried again for a while', async () => {
    let attempts = 0;
    const away = (): RungFinding => {
      attempts += 1;
      throw new StoreFailure('Unreachable', 'connection refused');
    };
    const world = await worldWith({ rungs: scriptedRungs({ checksums: away }) });
    const report = reportOf(await world.run({}, (handle) => handle.result()));
    expect(report).toMatchObject({
      verdict: 'inconclusive',
      rung: 'checksums',
      rootCause: 'store-unreachable',
      evidence: [{ text: 'connection refused' }],
    });
    expect(attempts).toBe(10);
    expect(await world.litter()).toEqual([]);
  });

  test('comes where the store was away for a moment', async () => {
    let attempts = 0;
    const away = ({ facts }: DrillSession): RungFinding => {
      attempts += 1;
      if (attempts < 4) throw new StoreFailure('Throttled', 'SlowDown');
      return {
        outcome: 'passed',
        summary: String(facts.sizeBytes),
        evidence: [],
        facts: { manifest: 'verified' },
      };
    };
    const world = await worldWith({ rungs: scriptedRungs({ checksums: away }) });
    const report = reportOf(await world.run({}, (handle) => handle.result()));
    expect(report.verdict).toBe('pass');
    expect(report.rungs.find(({ rung }) => rung === 'checksums')?.summary).toBe('1000');
  });

  test('of a self-test says what was damaged, and is not entered', async () => {
    const world = await worldWith({ rungs: scriptedRungs({ pages: () => BAD }) });
    const report = reportOf(await world.run({ selfTest: true }, (handle) => handle.result()));
    expect(report).toMatchObject({ verdict: 'fail', selfTest: true });
    expect(report.damage).toContain('shop/orders.ibd: flipped a byte');
    expect(await world.verdicts()).toEqual([]);
  });
});

describe('a host that lost its files', () => {
  test('loses the drill to another one, from the beginning', async () => {
    const world = await worldWith({ rungs: scriptedRungs({}), lossyHosts: 2 });
    const report = reportOf(await world.run({}, (handle) => handle.result()));
    expect(report.verdict).toBe('pass');
    expect(new Set(report.hosts).size).toBe(3);
    expect(await world.litter()).toEqual([]);
  });

  test('leaves the drill inconclusive where it happens too often', async () => {
    const world = await worldWith({ rungs: scriptedRungs({}), lossyHosts: 3 });
    const report = reportOf(await world.run({}, (handle) => handle.result()));
    expect(report).toMatchObject({ verdict: 'inconclusive', rung: 'inventory', rootCause: 'host-lost' });
  });
});

describe('the choice of the backup', () => {
  test('of every new one drills each in turn, and none twice', async () => {
    const world = await worldWith({
      rungs: scriptedRungs({
        prepare: ({ backup }) =>
          backup.id === BACKUPS[1]
            ? { outcome: 'inconclusive', summary: 'no memory', cause: 'memory', evidence: [] }
            : { outcome: 'passed', summary: 'fine', evidence: [] },
      }),
    });
    const plan = drillPlan({ selection: 'every-new' });
    const result = await world.run({ plan }, (handle) => handle.result());
    const drilled = [
      { backup: BACKUPS[0], verdict: 'pass' },
      { backup: BACKUPS[1], verdict: 'inconclusive' },
      { backup: BACKUPS[2], verdict: 'pass' },
    ];
    expect(await world.verdicts()).toEqual(drilled);
    expect(result).toMatchObject({
      verdict: 'inconclusive',
      summary: '3 backups drilled: 1 inconclusive, 2 pass',
      backups: drilled.map(({ backup, ...verdict }) => ({ backup: { id: backup }, ...verdict })),
    });
  });

  test('of every new one keeps the verdicts that there are where the store goes away', async () => {
    const store = storeWithBackups();
    const { folders } = store;
    let isAway = false;
    store.folders = (...asked) => {
      if (isAway) throw new StoreFailure('Unreachable', 'connection refused');
      return folders(...asked);
    };
    const world = await worldWith({
      store,
      rungs: scriptedRungs({
        inventory: () => {
          isAway = true;
          return BAD;
        },
      }),
    });
    const plan = drillPlan({ selection: 'every-new' });
    const result = await world.run({ plan }, (handle) => handle.result());
    expect(result).toMatchObject({
      verdict: 'fail',
      summary: '1 backup drilled: 1 fail; the others were not: connection refused',
      backups: [{ backup: { id: BACKUPS[0] }, verdict: 'fail', rootCause: 'page-corruption' }],
    });
  });

  test('by name goes before the plan', async () => {
    const world = await worldWith({ rungs: scriptedRungs({}) });
    const report = reportOf(await world.run({ backup: BACKUPS[0] ?? '' }, (handle) => handle.result()));
    expect(report.backup.id).toBe(BACKUPS[0]);
  });

  test('fails by type where there is no such backup', async () => {
    const world = await worldWith({ rungs: scriptedRungs({}), store: storeWithBackups([]) });
    const failure = await world.run({}, (handle) => failureOf(handle.result()));
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type: 'BackupNotFound' });
  });

  test('ends without a verdict where all are verified', async () => {
    const world = await worldWith({ rungs: scriptedRungs({}), store: storeWithBackups([NEWEST]) });
    const plan = drillPlan({ selection: 'newest-unverified' });
    const results = [await world.run({ plan }, (handle) => handle.result())];
    expect(results).toMatchObject([{ verdict: 'pass' }]);
  });
});

describe('an input that cannot be used', () => {
  test.each<[string, object]>([
    ['has no plan', { plan: undefined }],
    ['has a plan without a store', { plan: { name: 'orders' } }],
  ])('ends the drill at once where it %s', async (_, input) => {
    const world = await worldWith({ rungs: scriptedRungs({}) });
    const failure = await world.run(input, (handle) => failureOf(handle.result()));
    expect(failure).toMatchObject({ type: 'InvalidInput' });
  });
});

describe('a cancellation', () => {
  test.each<RungName>(['inventory', 'prepare', 'data'])(
    'during %s ends the rung, removes the folder, and enters no verdict',
    async (rung) => {
      let ended = false;
      const waiting = async ({ signal, progress }: DrillSession): Promise<RungFinding> => {
        progress({ doneBytes: 1 });
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            ended = true;
            reject(new Error('aborted'));
          });
        });
        throw new Error('never');
      };
      const world = await worldWith({ rungs: scriptedRungs({ [rung]: waiting }) });
      const failure = await world.run({}, async (handle) => {
        await expect
          .poll(async () => (await handle.query(drillStatus)).running?.rung, { timeout: 20_000 })
          .toBe(rung);
        expect((await world.litter()).length).toBeGreaterThan(0);
        await handle.cancel();
        return failureOf(handle.result());
      });
      expect(failure).toBeInstanceOf(CancelledFailure);
      expect(ended).toBe(true);
      expect(await world.verdicts()).toEqual([]);
      expect(await world.litter()).toEqual([]);
    },
  );
});
