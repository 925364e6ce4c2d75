import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  selectBackups,
  takenMsOf,
  type BackupCandidate,
  type SelectionQuestion,
} from '../../../src/domain/drill/backup-selection.js';
import type { LedgerVerdict } from '../../../src/domain/drill/ledger.js';

const nowMs = Date.UTC(2026, 10, 21, 12);
const hourMs = 3_600_000;

function candidate(id: string, changes: Partial<BackupCandidate> = {}): BackupCandidate {
  return { id, prefix: `p/${id}/`, complete: true, takenMs: takenMsOf(id) ?? 0, ...changes };
}

const old = candidate('20261119T020000Z');
const middle = candidate('20261120T020000Z');
const newest = candidate('20261121T020000Z');

function ids(changes: Partial<SelectionQuestion>): string[] {
  const question: SelectionQuestion = {
    selection: 'latest',
    candidates: [middle, newest, old],
    ledger: { verdicts: [], problems: [] },
    nowMs,
    draw: 0,
    ...changes,
  };
  return selectBackups(question).map(({ id }) => id);
}

function judged(backup: BackupCandidate, verdict: LedgerVerdict['verdict']): LedgerVerdict {
  const { id, prefix } = backup;
  const rest = { drill: `d-${id}`, plan: 'weekly', summary: '', startedMs: 0, finishedMs: 0 };
  return { ...rest, backup: { id, prefix }, verdict };
}

describe('choosing a backup', () => {
  it.each([
    ['20261121T020000Z', '2026-11-21T02:00:00.000Z'],
    ['orders-2026-11-21-02:00:00-full', '2026-11-21T02:00:00.000Z'],
    ['orders-2026-1-2-3:04:05-full', '2026-01-02T03:04:05.000Z'],
    ['2026-11-21T02-00-00', '2026-11-21T02:00:00.000Z'],
    ['full-20261121T020000Z-a', '2026-11-21T02:00:00.000Z'],
  ])('reads the time of %s', (id, time) => {
    expect(new Date(takenMsOf(id) ?? 0).toISOString()).toBe(time);
  });

  it.each(['binlogs', '20261321T020000Z', '120261121T020000Z', '2026-11-21', ''])(
    'reads no time in %j',
    (id) => {
      expect(takenMsOf(id)).toBeUndefined();
    },
  );

  it('takes the latest, whatever the order of the folders', () => {
    expect(ids({})).toEqual([newest.id]);
  });

  it('takes the newest that has no verdict yet; an inconclusive drill gave none', () => {
    const ledger = (verdict: LedgerVerdict['verdict']) => ({
      verdicts: [judged(newest, verdict)],
      problems: [],
    });
    expect(ids({ selection: 'newest-unverified', ledger: ledger('pass') })).toEqual([middle.id]);
    expect(ids({ selection: 'newest-unverified', ledger: ledger('fail') })).toEqual([middle.id]);
    expect(ids({ selection: 'newest-unverified', ledger: ledger('inconclusive') })).toEqual([newest.id]);
  });

  it('takes every new one, oldest first', () => {
    const ledger = { verdicts: [judged(middle, 'pass')], problems: [] };
    expect(ids({ selection: 'every-new', ledger })).toEqual([old.id, newest.id]);
  });

  it('draws only from the window, and every one in it', () => {
    const selection = { random: { within: '36h' } };
    const drawn = new Set<string>();
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (draw) => {
        const [id] = ids({ selection, draw });
        drawn.add(id ?? '');
        expect([middle.id, newest.id]).toContain(id);
      }),
    );
    expect(drawn.size).toBe(2);
  });

  it('finds nothing in an empty window', () => {
    expect(ids({ selection: { random: { within: '1h' } } })).toEqual([]);
  });

  it('leaves one that may still be uploaded for later, except where it is named', () => {
    const running = candidate('20261121T110000Z', { complete: false, newestObjectMs: nowMs - hourMs / 2 });
    const candidates = [newest, running];
    expect(ids({ candidates })).toEqual([newest.id]);
    expect(ids({ candidates, selection: { backup: running.id } })).toEqual([running.id]);
    expect(ids({ candidates, nowMs: nowMs + 2 * hourMs })).toEqual([running.id]);
  });

  it('answers nothing for a name that is not there', () => {
    expect(ids({ selection: { backup: 'gone' } })).toEqual([]);
  });
});
