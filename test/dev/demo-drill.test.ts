import { describe, expect, test } from 'vitest';
import { drillExpectations, type DrillSceneFacts } from '../../dev/demo/scenes/drill-expectations.js';
import type { DrillReport } from '../../src/domain/drill/drill-report.js';
import type { LedgerVerdict } from '../../src/domain/drill/ledger.js';

const [oldest, before, newest] = ['20260101T100000Z', '20260102T100000Z', '20260103T100000Z'] as const;

function report(id: string, more: Partial<DrillReport>): DrillReport {
  const target = { targetMs: 1, basis: 'b' };
  return {
    version: 1,
    drill: { workflowId: 'w', runId: 'r' },
    cluster: 'c',
    plan: 'shop',
    store: { bucket: 'backups' },
    backup: { id, prefix: `shop/${id}/` },
    verdict: 'pass',
    summary: 's',
    evidence: [],
    rungs: [],
    facts: {},
    rto: target,
    rpo: target,
    warnings: [],
    selfTest: false,
    hosts: [],
    startedMs: 0,
    finishedMs: 1,
    ...more,
  };
}

function verdict(id: string, found: LedgerVerdict['verdict']): LedgerVerdict {
  const backup = { id, prefix: `shop/${id}/` };
  return { drill: id, plan: 'shop', backup, verdict: found, summary: 's', startedMs: 0, finishedMs: 1 };
}

const failed = report(newest, { verdict: 'fail', rung: 'pages', evidence: [{ text: 'page 4 is bad' }] });

const asPlayed: DrillSceneFacts = {
  ids: [oldest, before, newest],
  results: [failed, report(before, {})],
  exitCodes: { newest: 1, before: 0 },
  recorded: [
    { id: oldest, verdicts: [] },
    { id: before, verdicts: [verdict(before, 'pass')] },
    { id: newest, verdicts: [verdict(newest, 'fail')] },
  ],
  lastVerified: before,
  left: [],
};

const unmet = (facts: DrillSceneFacts) =>
  drillExpectations(facts)
    .filter(({ met }) => !met)
    .map(({ subject, claim }) => `${subject} ${claim}`);

describe('the scene drill', () => {
  test('is as expected when the newest backup fails and the one before passes', () => {
    expect(unmet(asPlayed)).toEqual([]);
  });

  test.each<[string, Partial<DrillSceneFacts>, string]>([
    [
      'the damaged backup passes',
      { results: [report(newest, {}), report(before, {})] },
      'the first drill finds the newest backup bad',
    ],
    [
      'the failure has no evidence',
      { results: [{ ...failed, evidence: [] }, report(before, {})] },
      'the first drill says where, with evidence',
    ],
    [
      'the good backup is inconclusive',
      { results: [failed, report(before, { verdict: 'inconclusive' })] },
      'the second drill proves the backup before it',
    ],
    [
      'the command hides the failure',
      { exitCodes: { newest: 0, before: 0 } },
      'the first drill finds the newest backup bad',
    ],
    ['the ledger has no verdict', { recorded: [] }, 'the ledger has one verdict of each drilled backup'],
    [
      'the list praises the damaged one',
      { lastVerified: newest },
      'holdfast backups list names the backup that can be restored',
    ],
    ['a folder is left', { left: ['drill-1'] }, 'the drill host has left no folder'],
  ])('is not as expected when %s', (_what, difference, sentence) => {
    expect(unmet({ ...asPlayed, ...difference })).toContain(sentence);
  });
});
