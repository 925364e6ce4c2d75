import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run as apply } from '../../../src/cli/commands/apply.js';
import { run as describeBackup } from '../../../src/cli/commands/backups-describe.js';
import { run as listBackups } from '../../../src/cli/commands/backups-list.js';
import { run as reportDrill } from '../../../src/cli/commands/drill-report.js';
import { run as runDrill, type DrillRunArguments } from '../../../src/cli/commands/drill-run.js';
import { changePlan, periodOf } from '../../../src/cli/commands/drill-schedule.js';
import type { AppliedPlan, DrillAccess, PlanName } from '../../../src/cli/drills/drill-access.js';
import { recordDrill } from '../../../src/activities/drill/record-drill.js';
import { buildDrillReport } from '../../../src/domain/drill/build-report.js';
import type { RunRestoreDrillInput } from '../../../src/domain/drill/drill-input.js';
import { drilledBackup, drilledBackups } from '../../../src/domain/drill/drilled-backups.js';
import type { DrillPlan } from '../../../src/domain/drill/drill-plan.js';
import type { DrillReport } from '../../../src/domain/drill/drill-report.js';
import { RUNGS, type RungOutcome } from '../../../src/domain/drill/rung.js';
import type { RunRestoreDrillResult } from '../../../src/workflows/run-restore-drill.js';
import type { InMemoryStore } from '../../activities/drill/in-memory-store.js';
import { BACKUPS, drillPlan, storeWithBackups } from '../../workflows/drill-world.js';
import { cliWorld, NOW_MS } from '../cli-world.js';

const PLAN = drillPlan();
const INPUT: RunRestoreDrillInput = { cluster: 'prod-eu', plan: PLAN, selfTest: false };
const [OLDEST = '', MIDDLE = '', NEWEST = ''] = BACKUPS;

function report(id: string, data: Exclude<RungOutcome, 'skipped'>, more: Partial<RunRestoreDrillInput> = {}) {
  return buildDrillReport({
    drill: { workflowId: `drill/prod-eu/orders-${id}`, runId: 'r1' },
    input: { ...INPUT, ...more },
    backup: { id, prefix: `orders/${id}/`, takenMs: Date.parse('2026-11-21T02:00:00Z') },
    results: RUNGS.filter((rung) => rung !== 'pitr').map((rung) => ({
      rung,
      outcome: rung === 'data' ? data : 'passed',
      summary: rung === 'data' && data !== 'passed' ? 'table shop.orders has 3 rows, expected 4' : 'fine',
      evidence:
        rung === 'data' && data !== 'passed' ? [{ text: '3 rows, expected 4', source: 'shop.orders' }] : [],
      ...(rung === 'data' && data !== 'passed' && { cause: 'content-mismatch' }),
      startedMs: NOW_MS,
      durationMs: 1_000,
    })),
    facts: { manifest: 'verified', sizeBytes: 3 * 2 ** 30 },
    damage: undefined,
    hosts: ['h1'],
    startedMs: NOW_MS - 60_000,
    finishedMs: NOW_MS,
  });
}

const series = (reports: DrillReport[], selfTest = false) =>
  drilledBackups({ backups: reports.map(drilledBackup), selfTest });

/** One plan that is applied, whose drills end as given. */
function world({ store, result }: { store?: InMemoryStore; result?: RunRestoreDrillResult } = {}) {
  const plans = new Map<string, AppliedPlan>([['orders', { plan: PLAN, paused: false, recent: [] }]]);
  const started: RunRestoreDrillInput[] = [];
  const paused: string[] = [];
  const drills: DrillAccess = {
    plans: async () => [...plans.values()],
    plan: async ({ plan }) => plans.get(plan),
    apply: async ({ plan }) => void plans.set(plan.name, { plan, paused: false, recent: [] }),
    pause: async ({ plan }) => void paused.push(plan),
    resume: async () => undefined,
    trigger: async () => undefined,
    backfill: async () => undefined,
    run: async ({ input }) => {
      started.push(input);
      return { workflowId: 'drill/prod-eu/orders-now', runId: 'r1' };
    },
    outcomeOf: async () => result,
  };
  return { ...cliWorld({ temporal: { drills }, ...(store && { store }) }), plans, started, paused };
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drills-'));
});
afterAll(() => rm(folder, { recursive: true }));

const RUN: DrillRunArguments = { plan: 'orders', wait: true, timeout: 1_000, output: 'json' };

describe('drill run', () => {
  test.each<[string, RunRestoreDrillResult, number]>([
    ['passed', report(NEWEST, 'passed'), 0],
    ['failed', report(NEWEST, 'failed'), 1],
    ['could not tell', report(NEWEST, 'inconclusive'), 4],
    ['found nothing to drill', { verdict: 'none', summary: 'every backup has a verdict' }, 0],
    ['found the damage of a self-test', report(NEWEST, 'failed', { selfTest: true }), 0],
    ['overlooked the damage of a self-test', report(NEWEST, 'passed', { selfTest: true }), 1],
    ['failed one of several', series([report(OLDEST, 'failed'), report(NEWEST, 'passed')]), 1],
    ['could not tell of one', series([report(OLDEST, 'inconclusive'), report(NEWEST, 'passed')]), 4],
    [
      'failed one, and could not tell of one',
      series([report(OLDEST, 'failed'), report(NEWEST, 'inconclusive')]),
      1,
    ],
    ['overlooked one of the damages', series([report(OLDEST, 'passed'), report(NEWEST, 'failed')], true), 1],
    ['found all damages', series([report(OLDEST, 'failed'), report(NEWEST, 'failed')], true), 0],
  ])('of a drill that %s exits with its code', async (_, result, exitCode) => {
    expect(await runDrill(RUN, world({ result }).deps)).toBe(exitCode);
  });

  test('answers with what scripts ask for', async () => {
    const { deps, data } = world({ result: report(NEWEST, 'failed') });
    await runDrill(RUN, deps);
    expect(JSON.parse(data())).toMatchObject({
      backup: NEWEST,
      verdict: 'fail',
      rung: 'data',
      rootCause: 'content-mismatch',
      evidence: [{ text: '3 rows, expected 4', source: 'shop.orders' }],
      rto: { measuredMs: 5_000, met: true },
      rpo: { targetMs: 900_000 },
    });
  });

  test('shows people the verdict, the ladder and the evidence', async () => {
    const { deps, data } = world({ result: report(NEWEST, 'failed') });
    await runDrill({ ...RUN, output: 'table' }, deps);
    expect(data()).toMatch(/VERDICT +FAIL/);
    expect(data()).toMatch(/data +failed +1s +table shop\.orders has 3 rows, expected 4/);
    expect(data()).toMatch(/EVIDENCE\n {2}shop\.orders: 3 rows, expected 4/);
  });

  test('of several backups names each with its verdict, and the worst on top', async () => {
    const result = series([report(OLDEST, 'failed'), report(NEWEST, 'passed')]);
    const json = world({ result });
    await runDrill(RUN, json.deps);
    expect(JSON.parse(json.data())).toEqual({
      verdict: 'fail',
      summary: '2 backups drilled: 1 fail, 1 pass',
      selfTest: false,
      backups: [
        {
          backup: OLDEST,
          verdict: 'fail',
          rung: 'data',
          rootCause: 'content-mismatch',
          prefix: `orders/${OLDEST}/`,
        },
        { backup: NEWEST, verdict: 'pass', rung: null, rootCause: null, prefix: `orders/${NEWEST}/` },
      ],
    });
    const table = world({ result });
    await runDrill({ ...RUN, output: 'table' }, table.deps);
    expect(table.data()).toMatch(/^VERDICT +FAIL$/m);
    expect(table.data()).toMatch(new RegExp(`^${OLDEST} +fail +data +content-mismatch$`, 'm'));
    expect(table.data()).toMatch(new RegExp(`^${NEWEST} +pass`, 'm'));
  });

  test('that has not ended in time exits with 5', async () => {
    expect(await runDrill(RUN, world().deps)).toBe(5);
  });

  test('hands on which backup, self-test and all evidence', async () => {
    const { deps, started } = world();
    await runDrill({ ...RUN, wait: false, backup: OLDEST, selfTest: true, collectAll: true }, deps);
    expect(started).toMatchObject([{ cluster: 'prod-eu', backup: OLDEST, selfTest: true, collectAll: true }]);
  });

  test('starts nothing with --dry-run', async () => {
    const { deps, started, data } = world();
    expect(await runDrill({ ...RUN, dryRun: true }, deps)).toBe(0);
    expect(started).toEqual([]);
    expect(data()).toContain('drill/prod-eu/orders-2026-11-21T10:31:06Z');
  });

  test('of a plan that is not applied exits with 6', async () => {
    await expect(runDrill({ ...RUN, plan: 'users' }, world().deps)).rejects.toMatchObject({ exitCode: 6 });
  });
});

describe('backups list', () => {
  let store: InMemoryStore;
  beforeAll(async () => {
    store = storeWithBackups();
    const reports: DrillReport[] = [
      report(OLDEST, 'passed'),
      report(MIDDLE, 'passed'),
      report(NEWEST, 'failed'),
    ];
    for (const report of reports) await recordDrill({ openStore: () => store }, { input: INPUT, report });
  });

  test('tells on top which backup was verified last, then each with its verdict', async () => {
    const { deps, data } = world({ store });
    expect(await listBackups({ plan: undefined, output: 'table' }, deps)).toBe(0);
    const [top, , , ...rows] = data().split('\n');
    expect(top).toContain(`LAST VERIFIED ${MIDDLE}`);
    expect(rows.map((row) => row.split(/ {3,}/).slice(0, 5))).toEqual([
      [NEWEST, 'orders', '2026-11-21 02:00:00Z', '3.0 GiB', 'fail'],
      [MIDDLE, 'orders', '2026-11-20 02:00:00Z', '3.0 GiB', 'pass'],
      [OLDEST, 'orders', '2026-11-19 02:00:00Z', '3.0 GiB', 'pass'],
    ]);
  });

  test('takes a plan that is not applied from a file, and not a name beside it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plans-'));
    const filename = join(folder, 'plan.yaml');
    await writeFile(filename, JSON.stringify({ ...PLAN, name: 'elsewhere' }));
    const { deps, data } = world({ store });
    expect(await listBackups({ plan: undefined, filename, output: 'table' }, deps)).toBe(0);
    expect(data()).toContain('elsewhere');
    const both = listBackups({ plan: 'orders', filename, output: 'table' }, deps);
    await expect(both).rejects.toMatchObject({ exitCode: 2 });
    await rm(folder, { recursive: true });
  });

  test('says that nothing was verified where nothing was', async () => {
    const { deps, data } = world({ store: storeWithBackups() });
    await listBackups({ plan: 'orders', output: 'table' }, deps);
    expect(data()).toMatch(/^LAST VERIFIED never/);
  });

  test('describes one of them with its drills', async () => {
    const { deps, data } = world({ store });
    expect(await describeBackup({ plan: 'orders', backup: NEWEST, output: 'table' }, deps)).toBe(0);
    expect(data()).toMatch(/fail +data +table shop\.orders has 3 rows/);
    const missing = describeBackup({ plan: 'orders', backup: 'x', output: 'table' }, deps);
    await expect(missing).rejects.toMatchObject({ exitCode: 6 });
  });

  test('has the whole report of a drill beside it', async () => {
    const { deps, data } = world({ store });
    expect(await reportDrill({ plan: 'orders', backup: NEWEST, output: 'json' }, deps)).toBe(1);
    expect(JSON.parse(data())).toMatchObject({ backup: NEWEST, verdict: 'fail', rung: 'data' });
  });

  test('has it as a page, too: in the ledger, and in a file for whoever asks', async () => {
    const { deps, said } = world({ store });
    const html = join(folder, 'report.html');
    expect(await reportDrill({ plan: 'orders', backup: NEWEST, html, output: 'table' }, deps)).toBe(1);
    expect(said).toContain(`wrote ${html}`);
    const kept = `orders/_holdfast/reports/drill_prod-eu_orders-${NEWEST}_r1/report.html`;
    for (const page of [await readFile(html, 'utf8'), (await store.readText(kept, 2 ** 20))?.text]) {
      expect(page).toContain(`<title>Fail: orders, backup ${NEWEST}</title>`);
    }
    const nowhere = { plan: 'orders', html: join(folder, 'no/such/folder'), output: 'table' } as const;
    await expect(reportDrill(nowhere, deps)).rejects.toMatchObject({ exitCode: 2 });
  });
});

describe('apply', () => {
  const fileWith = async (plan: object) => {
    const file = join(folder, 'plans.yaml');
    await writeFile(file, JSON.stringify(plan));
    return file;
  };
  const changed = (): DrillPlan => ({ ...PLAN, minSizeRatio: 0.8 });

  test('updates what changed, and says what', async () => {
    const { deps, plans, data } = world();
    expect(await apply({ filename: await fileWith(changed()), output: 'table' }, deps)).toBe(0);
    expect(plans.get('orders')?.plan.minSizeRatio).toBe(0.8);
    expect(data()).toBe('plan orders: updated\n  minSizeRatio: 0.5 → 0.8');
  });

  test('with --dry-run only says it', async () => {
    const { deps, plans, data } = world();
    await apply({ filename: await fileWith(changed()), dryRun: true, output: 'table' }, deps);
    expect(plans.get('orders')?.plan.minSizeRatio).toBe(0.5);
    expect(data()).toContain('would be updated');
  });

  test('of a file with mistakes applies nothing, and exits with 2', async () => {
    const { deps } = world();
    const filename = await fileWith({ ...PLAN, layout: 'tar' });
    await expect(apply({ filename, output: 'table' }, deps)).rejects.toMatchObject({ exitCode: 2 });
  });
});

test('a period that ends before it begins is refused', () => {
  expect(() => periodOf({ from: '2026-11-02T00:00:00Z', to: '2026-11-01T00:00:00Z' })).toThrow(
    /expected two times/,
  );
});

describe('a change of a schedule', () => {
  const PAUSE = { change: (drills: DrillAccess, name: PlanName) => drills.pause(name, 'me'), done: 'paused' };

  test('is done, and with --dry-run only told', async () => {
    const { deps, paused, said } = world();
    await changePlan(deps, 'orders', { ...PAUSE, dryRun: true });
    expect(said).toEqual(['plan orders: would be paused\ndry run: nothing was changed']);
    expect(paused).toEqual([]);
    await changePlan(deps, 'orders', { ...PAUSE, dryRun: undefined });
    expect(paused).toEqual(['orders']);
  });

  test('of a plan that is not applied exits with 6, dry or not', async () => {
    const dry = changePlan(world().deps, 'users', { ...PAUSE, dryRun: true });
    await expect(dry).rejects.toMatchObject({ exitCode: 6 });
  });
});
