import type { DrillReport } from '../../../src/domain/drill/drill-report.js';
import type { LedgerVerdict } from '../../../src/domain/drill/ledger.js';
import { expectEqual, type Expectation } from '../expectations.js';

export interface DrillSceneFacts {
  /** Oldest first. */
  readonly ids: readonly [string, string, string];
  /** What Temporal answers as the results of the two drills: of the newest, of the one before. */
  readonly results: readonly DrillReport[];
  readonly exitCodes: Readonly<Record<'newest' | 'before', number | undefined>>;
  /** What the ledger has. */
  readonly recorded: readonly { readonly id: string; readonly verdicts: readonly LedgerVerdict[] }[];
  /** What `holdfast backups list` answers. */
  readonly lastVerified: string | undefined;
  /** In the work folder of the drill host. */
  readonly left: readonly string[];
}

/** What must be so after the scene, whatever damage was drawn. */
export function drillExpectations(facts: DrillSceneFacts): Expectation[] {
  const { ids, results, exitCodes, recorded, lastVerified, left } = facts;
  const [, before, newest] = ids;
  const [failed, passed] = results;
  const drilled = (report: DrillReport | undefined) => [report?.backup.id, report?.verdict];
  const verdicts = recorded.map(({ verdicts: some }) => some.map(({ verdict }) => verdict));
  const evidence = failed?.evidence ?? [];
  return [
    expectEqual({
      subject: 'the first drill',
      claim: 'finds the newest backup bad',
      expected: [newest, 'fail', 1],
      seen: [...drilled(failed), exitCodes.newest],
    }),
    expectEqual({
      subject: 'the first drill',
      claim: 'says where, with evidence',
      expected: [true, true],
      seen: [failed?.rung !== undefined && failed.rung !== 'checksums', evidence.length > 0],
    }),
    expectEqual({
      subject: 'the second drill',
      claim: 'proves the backup before it',
      expected: [before, 'pass', 0],
      seen: [...drilled(passed), exitCodes.before],
    }),
    expectEqual({
      subject: 'the ledger',
      claim: 'has one verdict of each drilled backup',
      expected: [[], ['pass'], ['fail']],
      seen: verdicts,
    }),
    expectEqual({
      subject: 'holdfast backups list',
      claim: 'names the backup that can be restored',
      expected: before,
      seen: lastVerified,
    }),
    expectEqual({ subject: 'the drill host', claim: 'has left no folder', expected: [], seen: left }),
  ];
}
