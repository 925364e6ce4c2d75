import { expect, test } from 'vitest';
import { buildDrillReport } from '../../../src/domain/drill/build-report.js';
import { DrillPlan } from '../../../src/domain/drill/drill-plan.js';
import { RUNGS, type DrillFacts, type RungResult } from '../../../src/domain/drill/rung.js';

const plan = DrillPlan.parse({
  kind: 'DrillPlan',
  name: 'orders',
  store: { bucket: 'shop', prefix: 'orders/' },
  layout: 'directory',
});

function reportOf(facts: Partial<DrillFacts>) {
  const results = RUNGS.filter((rung) => rung !== 'pitr').map((rung): RungResult => ({
    rung,
    outcome: 'passed',
    summary: 'fine',
    evidence: [],
    ...(rung === 'checksums' && { warnings: [{ text: 'there is no manifest.sha256' }] }),
  }));
  return buildDrillReport({
    drill: { workflowId: 'drill/prod/orders', runId: 'r1' },
    input: { cluster: 'prod', plan, selfTest: false },
    backup: { id: 'b1', prefix: 'orders/b1/' },
    results,
    facts,
    damage: undefined,
    hosts: ['h1'],
    startedMs: 0,
    finishedMs: 1_000,
  });
}

test.each<[string, Partial<DrillFacts>]>([
  ['the manifest', { manifest: 'verified', baseline: 'absent' }],
  ['a baseline of backup time', { manifest: 'absent', baseline: 'verified' }],
])('every rung passed, and the bytes are proven by %s: pass', (_, facts) => {
  const report = reportOf(facts);
  expect(report).toMatchObject({ verdict: 'pass', evidence: [] });
  expect(report.rootCause).toBeUndefined();
});

test('every rung passed, but nothing proves the bytes: inconclusive, with the cause and what is missing', () => {
  expect(reportOf({ manifest: 'absent', baseline: 'absent' })).toMatchObject({
    verdict: 'inconclusive',
    rung: 'checksums',
    rootCause: 'unproven-bytes',
    evidence: [{ text: 'there is no manifest.sha256' }],
  });
});
