import { describe, expect, test } from 'vitest';
import { DrillPlan } from '../../../src/domain/drill/drill-plan.js';
import {
  ledgerMetrics,
  newestVerdict,
  reportMetrics,
  scheduleMetrics,
} from '../../../src/domain/drill/drill-plan-metrics.js';
import type { Ledger, LedgerVerdict } from '../../../src/domain/drill/ledger.js';
import { exampleReport } from './example-drill.js';

const plan = DrillPlan.parse({
  kind: 'DrillPlan',
  name: 'orders',
  store: { bucket: 'shop', prefix: 'orders/' },
  layout: 'directory',
  targets: { rto: '90m', rpo: '30s' },
});

function entered(minute: number, more: Partial<LedgerVerdict> = {}): LedgerVerdict {
  return {
    drill: `d${minute}`,
    plan: 'orders',
    backup: { id: `b${minute}`, prefix: `orders/b${minute}/` },
    verdict: 'pass',
    summary: 'every rung passed',
    startedMs: minute * 60_000 - 30_000,
    finishedMs: minute * 60_000,
    ...more,
  };
}

const ledgerOf = (...verdicts: LedgerVerdict[]): Ledger => ({ verdicts, problems: [] });

test('a Schedule is told in seconds; a plan that is paused or has no cron is due at no time', () => {
  const usual = { plan, createdMs: 5_500, paused: false, missedRuns: 2, skippedRuns: 1 };
  expect(scheduleMetrics({ ...usual, nextRunMs: 90_000 })).toEqual({
    createdSeconds: 5.5,
    paused: false,
    nextSeconds: 90,
    missed: 2,
    skipped: 1,
    rtoTargetSeconds: 5_400,
    rpoTargetSeconds: 30,
  });
  expect(scheduleMetrics({ ...usual, paused: true }).nextSeconds).toBeUndefined();
});

describe('a ledger', () => {
  test('without a drill of the plan tells nothing but its own problems', () => {
    const others = ledgerOf(
      entered(1, { plan: 'customers' }),
      entered(2, { backup: { id: 'b2', prefix: 'old/b2/' } }),
    );
    expect(ledgerMetrics(plan, { ...others, problems: ['x is not a ledger entry'] })).toEqual({
      problems: 1,
      verdict: undefined,
      finishedSeconds: undefined,
      verifiedSeconds: undefined,
      rtoSeconds: undefined,
      rpoSeconds: undefined,
      sizeBytes: undefined,
      usualSizeBytes: undefined,
    });
    expect(newestVerdict(plan, others)).toBeUndefined();
  });

  test('tells the newest verdict, and how long ago a backup was verified', () => {
    const bad = { verdict: 'fail', rung: 'metadata' } as const;
    const ledger = ledgerOf(entered(1), entered(2, { rtoMs: 4_000, rpoMs: 9_000 }), entered(3, bad));
    expect(ledgerMetrics(plan, ledger)).toMatchObject({
      verdict: 'fail',
      finishedSeconds: 180,
      verifiedSeconds: 120,
      rtoSeconds: 4,
      rpoSeconds: 9,
    });
  });

  test('a verdict that reached the log late is not the newest', () => {
    const late = entered(1, { verdict: 'inconclusive' });
    expect(ledgerMetrics(plan, ledgerOf(entered(2), late))).toMatchObject({
      verdict: 'pass',
      finishedSeconds: 120,
    });
  });

  test.each([
    [[100, 300], undefined],
    [[100, 300, 200], 200],
    [[100, 300, 200, 400], 250],
  ])('of backups with sizes %j, the usual one before the last is %s', (sizes, usual) => {
    const before = sizes.map((sizeBytes, index) => entered(index + 1, { sizeBytes }));
    const failed = entered(50, { sizeBytes: 9_999, verdict: 'fail' });
    const last = entered(99, { sizeBytes: 50 });
    const metrics = ledgerMetrics(plan, ledgerOf(...before, failed, last));
    expect(metrics).toMatchObject({ sizeBytes: 50, usualSizeBytes: usual });
  });

  test('a drill that ended before the size was known leaves that of the drill before', () => {
    const away = entered(2, { verdict: 'inconclusive' });
    expect(ledgerMetrics(plan, ledgerOf(entered(1, { sizeBytes: 70 }), away)).sizeBytes).toBe(70);
  });
});

describe('a report', () => {
  const drill = { plan, id: 'b1', startedMs: 1_000_000, sizeBytes: 5_000 };

  test('tells the rungs that ran, the bytes, and how long the backup took', () => {
    const { rungSeconds, ...rest } = reportMetrics(exampleReport(drill));
    expect(rest).toEqual({ metadataMissing: false, downloadedBytes: 4_900, backupSeconds: 270 });
    expect(rungSeconds.get('prepare')).toBe(66);
    expect(rungSeconds.has('pitr')).toBe(false);
  });

  test('tells missing metadata, and no duration of a backup that does not say it', () => {
    const report = reportMetrics(exampleReport({ ...drill, cause: 'missing-metadata' }));
    expect(report).toMatchObject({ metadataMissing: true, backupSeconds: undefined });
    expect([...report.rungSeconds.keys()]).toEqual(['inventory', 'checksums', 'unpack', 'metadata']);
    expect(reportMetrics(exampleReport({ ...drill, cause: 'malformed-metadata' })).metadataMissing).toBe(
      false,
    );
  });

  test.each([
    ['2026-10-25 02:59:00', '2026-10-25 02:01:00', undefined], // clocks went back
    ['2026-11-21 23:59:50', '2026-11-22 00:00:10', 20],
    ['', '2026-11-22 00:00:10', undefined],
    ['yesterday', 'today', undefined],
  ])('a backup from %j to %j took %s seconds', (backupStartedAt, backupEndedAt, backupSeconds) => {
    const report = exampleReport(drill);
    const facts = { ...report.facts, backupStartedAt, backupEndedAt };
    expect(reportMetrics({ ...report, facts }).backupSeconds).toBe(backupSeconds);
  });
});
