/**
 * The ladder of a restore drill, cheap to expensive. A drill stops at the first mandatory rung that does not pass, unless
 * it was asked to collect all.
 */
export const RUNGS = [
  'inventory',
  'checksums',
  'unpack',
  'metadata',
  'pages',
  'prepare',
  'copy-back',
  'start',
  'tables',
  'data',
  'pitr',
] as const;

export type RungName = (typeof RUNGS)[number];

/**
 * `failed`: the backup is bad. `inconclusive`: we could not tell (no disk, store away, tool missing, unproven bytes).
 * `skipped`: not asked for, or a rung before it ended the drill.
 */
export type RungOutcome = 'passed' | 'failed' | 'inconclusive' | 'skipped';

/** One line that proves an outcome, as a person would quote it. Redacted and bounded before it is made. */
export interface Evidence {
  readonly text: string;
  /** Where it stands: an object key, a file below the work folder, or the program that said it. */
  readonly source?: string;
}

/** What one rung found. Plain and small: it travels through workflow histories. */
export interface RungFinding {
  readonly outcome: Exclude<RungOutcome, 'skipped'>;
  /** One sentence for people: what passed, or what is wrong. */
  readonly summary: string;
  /** At most `MAX_EVIDENCE` lines; `moreEvidence` counts those left out. */
  readonly evidence: readonly Evidence[];
  readonly moreEvidence?: number;
  /** Warnings that do not change the outcome: a size that dropped, a clock that is off. */
  readonly warnings?: readonly Evidence[];
  /** Why it is not `passed`, in a closed vocabulary (`drill-cause.ts`). */
  readonly cause?: string;
  /** Numbers for the report, by name with unit: `downloadedBytes`, `megabytesPerSecond`, `tables`. */
  readonly measured?: Readonly<Record<string, number>>;
  /** What later rungs and the report need to know; merged over what is known. */
  readonly facts?: Partial<DrillFacts>;
}

export const MAX_EVIDENCE = 20;
export const MAX_EVIDENCE_LENGTH = 500;

export interface RungResult extends Omit<RungFinding, 'outcome' | 'facts'> {
  readonly rung: RungName;
  readonly outcome: RungOutcome;
  /** Milliseconds since the epoch; absent where the rung did not run. */
  readonly startedMs?: number;
  readonly durationMs?: number;
}

/** What the rungs learn about a backup. Small and plain; whatever is large lies in the work folder. */
export interface DrillFacts {
  /** Hash over names, sizes and ETags of all objects: another one is another backup. */
  readonly inventoryDigest: string;
  readonly objects: number;
  readonly sizeBytes: number;
  readonly layout: BackupLayout;
  readonly compression: BackupCompression;
  /** Whether every byte is proven by the manifest. */
  readonly manifest: 'verified' | 'absent' | 'written';
  readonly tool: BackupToolName;
  readonly toolVersion: string;
  readonly serverVersion: string;
  readonly backupStartedAt: string;
  readonly backupEndedAt: string;
  readonly lastLsn: string;
  readonly binlogFile: string;
  readonly binlogPosition: number;
  readonly gtid: string;
  /** Version of the server that was started for the drill. */
  readonly drillServerVersion: string;
  /** Whether the content agrees with a baseline taken at backup time. */
  readonly baseline: 'verified' | 'absent';
  /** Newest transaction that is proven to be restorable, milliseconds since the epoch. */
  readonly newestProvenMs: number;
}

export type BackupLayout = 'directory' | 'stream' | 'xbcloud';
export type BackupCompression = 'none' | 'zstd';
export type BackupToolName = 'mariadb-backup' | 'xtrabackup';
