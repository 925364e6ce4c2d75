import type { BackupReference } from './drill-input.js';
import type { DrillPlan } from './drill-plan.js';
import { parseGoDuration } from '../go-duration.js';
import { UPLOAD_GRACE_MS } from './inventory.js';
import { verdictsOf, type Ledger } from './ledger.js';

/** A folder below the plan's prefix that is, or will be, a backup. */
export interface BackupCandidate extends BackupReference {
  /** When it was taken, by its name or, where that tells nothing, by the age of its metadata. */
  readonly takenMs: number;
  /** The metadata, which is uploaded last, is there. */
  readonly complete: boolean;
  /** Newest object of one that is not complete. */
  readonly newestObjectMs?: number;
}

export interface SelectionQuestion {
  readonly selection: DrillPlan['selection'];
  readonly candidates: readonly BackupCandidate[];
  readonly ledger: Ledger;
  readonly nowMs: number;
  /** 0 ≤ draw < 1, for the selection `random`. */
  readonly draw: number;
}

/** `20261121T020000Z`; or, as operators name folders, `orders-2026-11-21-02:00:00-full`, parts unpadded or not. */
const COMPACT = /(?<!\d)(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z/;
const SPELLED = /(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})[-T_ ](\d{1,2})[:-](\d{1,2})[:-](\d{1,2})(?!\d)/;

/** When a backup was taken, by the name of its folder, as UTC; `undefined` where the name does not tell. */
export function takenMsOf(id: string): number | undefined {
  const match = COMPACT.exec(id) ?? SPELLED.exec(id);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) {
    return undefined;
  }
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/**
 * The backups that a plan wants drilled now; more than one only for `every-new`, oldest first. One that may still be
 * uploaded is left for later, except where it is named.
 */
export function selectBackups(question: SelectionQuestion): BackupCandidate[] {
  const { selection, candidates, ledger, nowMs } = question;
  if (typeof selection === 'object' && 'backup' in selection) {
    return candidates.filter(({ id }) => id === selection.backup);
  }
  const settled = candidates
    .filter((candidate) => isSettled(candidate, nowMs))
    .sort((a, b) => a.takenMs - b.takenMs || (a.id < b.id ? -1 : 1));
  if (typeof selection === 'object') {
    const sinceMs = nowMs - (parseGoDuration(selection.random.within) ?? 0);
    const recent = settled.filter(({ takenMs }) => takenMs >= sinceMs);
    return recent.slice(Math.floor(question.draw * recent.length)).slice(0, 1);
  }
  switch (selection) {
    case 'latest':
      return settled.slice(-1);
    case 'newest-unverified':
      return settled.filter(({ prefix }) => !isDecided(ledger, prefix)).slice(-1);
    case 'every-new':
      return settled.filter(({ prefix }) => !isDecided(ledger, prefix));
  }
}

function isSettled({ complete, newestObjectMs }: BackupCandidate, nowMs: number): boolean {
  return complete || nowMs - (newestObjectMs ?? 0) > UPLOAD_GRACE_MS;
}

/** An inconclusive drill leaves the backup as unproven as it was. */
function isDecided(ledger: Ledger, prefix: string): boolean {
  return verdictsOf(ledger, prefix).some(({ verdict }) => verdict !== 'inconclusive');
}
