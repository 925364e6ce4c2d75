import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ledgerOf,
  MAX_RECORDED_VERDICTS,
  sizeHistory,
  withVerdict,
  type BackupRecord,
  type LedgerVerdict,
  type StoredEntry,
} from '../../../src/domain/drill/ledger.js';

function verdict(id: string, changes: Partial<LedgerVerdict> = {}): LedgerVerdict {
  return {
    drill: `drill-${id}`,
    plan: 'weekly',
    backup: { id, prefix: `backups/${id}/` },
    verdict: 'pass',
    summary: 'every rung passed',
    startedMs: 1,
    finishedMs: 2,
    ...changes,
  };
}

/** A log as its writers make it. */
function chain(length: number): StoredEntry[] {
  const log: StoredEntry[] = [];
  for (let sequence = 1; sequence <= length; sequence += 1) {
    const previous = log.at(-1)?.digest ?? '';
    const entry = { version: 1 as const, sequence, previous, verdict: verdict(`b${sequence}`) };
    const digest = createHash('sha256').update(JSON.stringify(entry)).digest('hex');
    log.push({ key: `log/${sequence}.json`, digest, entry });
  }
  return log;
}

describe('ledger', () => {
  it('rebuilds all verdicts, in order, from an untouched log', () => {
    const ledger = ledgerOf(chain(5));
    expect(ledger.problems).toEqual([]);
    expect(ledger.verdicts.map(({ backup }) => backup.id)).toEqual(['b1', 'b2', 'b3', 'b4', 'b5']);
  });

  it('tells every entry that was removed, changed or exchanged', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 12 }),
        fc.nat(),
        fc.constantFrom('remove', 'change', 'exchange', 'damage'),
        (length, where, how) => {
          const log = chain(length);
          // The last entry has no successor that would show what became of it.
          const at = where % (length - 1);
          const [entry, next] = [log[at], log[at + 1]];
          if (!entry || !next) throw new Error('there are two');
          if (how === 'remove') log.splice(at, 1);
          if (how === 'change') log[at] = { ...entry, digest: 'of other bytes' };
          if (how === 'damage') log[at] = { ...entry, digest: 'of other bytes', entry: undefined };
          if (how === 'exchange') log.splice(at, 2, next, entry);
          expect(ledgerOf(log).problems).not.toEqual([]);
        },
      ),
    );
  });

  it('takes the sizes of the last ten backups of the plan that passed, each once, without the one in question', () => {
    const verdicts = [
      verdict('other', { plan: 'daily', sizeBytes: 1 }),
      verdict('bad', { verdict: 'fail', sizeBytes: 2 }),
      verdict('unknown'),
      ...Array.from({ length: 12 }, (_none, index) => verdict(`b${index}`, { sizeBytes: 100 + index })),
      verdict('b11', { drill: 'again', sizeBytes: 111 }),
      verdict('this', { sizeBytes: 5 }),
    ];
    const sizes = sizeHistory({ verdicts, problems: [] }, { plan: 'weekly', except: 'backups/this/' });
    expect(sizes).toEqual([102, 103, 104, 105, 106, 107, 108, 109, 110, 111]);
  });

  it('adds a verdict to the record of its backup once', () => {
    const first = withVerdict(undefined, verdict('b1'));
    expect(first.verdicts).toHaveLength(1);
    expect(withVerdict(first, verdict('b1', { summary: 'said again' }))).toBe(first);
    expect(withVerdict(first, verdict('b1', { drill: 'next' })).verdicts).toHaveLength(2);
  });

  it('keeps the newest verdicts of a record that grows for ever', () => {
    let record: BackupRecord | undefined;
    for (let index = 0; index < MAX_RECORDED_VERDICTS + 5; index += 1) {
      record = withVerdict(record, verdict('b1', { drill: `d${index}` }));
    }
    expect(record?.verdicts).toHaveLength(MAX_RECORDED_VERDICTS);
    expect(record?.verdicts.at(-1)?.drill).toBe(`d${MAX_RECORDED_VERDICTS + 4}`);
  });
});
