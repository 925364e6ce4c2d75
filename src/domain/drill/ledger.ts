import { z } from 'zod';
import { RUNGS } from './rung.js';

/** Below the ledger's prefix. */
export const LEDGER_FOLDER = '_holdfast/';

/** What a drill found out about a backup, as it is kept. */
export const LedgerVerdict = z.object({
  /** Id of the drill's workflow run: a verdict is entered once, however often that is tried. */
  drill: z.string().min(1),
  plan: z.string().min(1),
  backup: z.object({ id: z.string().min(1), prefix: z.string() }),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  /** The rung that decided; absent where all passed. */
  rung: z.enum(RUNGS).optional(),
  summary: z.string(),
  startedMs: z.number().int(),
  finishedMs: z.number().int(),
  /** Hash over names, sizes and ETags; absent where the list could not be read. */
  inventoryDigest: z.string().optional(),
  sizeBytes: z.number().int().nonnegative().optional(),
  toolVersion: z.string().optional(),
  serverVersion: z.string().optional(),
  lastLsn: z.string().optional(),
  gtid: z.string().optional(),
  rtoMs: z.number().nonnegative().optional(),
  rpoMs: z.number().nonnegative().optional(),
  /** Key of the JSON report in the ledger's bucket. */
  report: z.string().optional(),
});
export type LedgerVerdict = z.infer<typeof LedgerVerdict>;

/** One object of the log. Its number is its key, so that only one writer can take it. */
export const LedgerEntry = z.object({
  version: z.literal(1),
  /** 1, 2, 3, … */
  sequence: z.number().int().positive(),
  /** SHA-256 in hex of the object before, byte for byte as it is stored; `''` in the first one. */
  previous: z.string(),
  verdict: LedgerVerdict,
});
export type LedgerEntry = z.infer<typeof LedgerEntry>;

/** `_holdfast/backups/<id>.json`: what the log says about one backup, for whoever looks into the bucket. */
export const BackupRecord = z.object({
  version: z.literal(1),
  backup: z.object({ id: z.string(), prefix: z.string() }),
  /** Newest last, at most `MAX_RECORDED_VERDICTS`. */
  verdicts: z.array(LedgerVerdict),
});
export type BackupRecord = z.infer<typeof BackupRecord>;

export const MAX_RECORDED_VERDICTS = 100;

/** A link of the chain as it was read. */
export interface StoredEntry {
  readonly key: string;
  /** SHA-256 in hex of the object's bytes. */
  readonly digest: string;
  /** Absent where the object is not a ledger entry. */
  readonly entry: LedgerEntry | undefined;
}

export interface Ledger {
  /** In the order of the log. */
  readonly verdicts: readonly LedgerVerdict[];
  /** Where the chain does not hold: somebody removed, changed or added an entry. One line each. */
  readonly problems: readonly string[];
}

/** Rebuilds the state from the log alone, and checks that each entry carries the hash of the one before. */
export function ledgerOf(log: readonly StoredEntry[]): Ledger {
  const problems: string[] = [];
  const verdicts: LedgerVerdict[] = [];
  let expected = 1;
  let previous: string | undefined = '';
  for (const { key, digest, entry } of log) {
    if (entry === undefined) problems.push(`${key} is not a ledger entry`);
    else {
      if (entry.sequence !== expected) {
        problems.push(`${key} has number ${entry.sequence}, expected ${expected}: entries are missing`);
        previous = undefined;
      }
      if (previous !== undefined && entry.previous !== previous) {
        problems.push(`${key} does not carry the hash of the entry before it`);
      }
      verdicts.push(entry.verdict);
    }
    expected = (entry?.sequence ?? expected) + 1;
    previous = digest;
  }
  return { verdicts, problems };
}

/** The verdicts of a backup, newest last. */
export function verdictsOf(ledger: Ledger, prefix: string): LedgerVerdict[] {
  return ledger.verdicts.filter(({ backup }) => backup.prefix === prefix);
}

/** Sizes of the plan's last ten backups that passed, without the one that is looked at; oldest first. */
export function sizeHistory(ledger: Ledger, { plan, except }: { plan: string; except: string }): number[] {
  const sizes = new Map<string, number>();
  for (const { plan: of, backup, verdict, sizeBytes } of ledger.verdicts) {
    if (of !== plan || backup.prefix === except || verdict !== 'pass' || sizeBytes === undefined) continue;
    sizes.set(backup.prefix, sizeBytes);
  }
  return [...sizes.values()].slice(-10);
}

/** The record of a backup with one more verdict; the same record where it has it already. */
export function withVerdict(record: BackupRecord | undefined, verdict: LedgerVerdict): BackupRecord {
  const verdicts = record?.verdicts ?? [];
  if (record && verdicts.some(({ drill }) => drill === verdict.drill)) return record;
  return {
    version: 1,
    backup: verdict.backup,
    verdicts: [...verdicts, verdict].slice(-MAX_RECORDED_VERDICTS),
  };
}
