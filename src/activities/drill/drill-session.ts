import type { BackupReference } from '../../domain/drill/drill-input.js';
import type { DrillPlan } from '../../domain/drill/drill-plan.js';
import type { DrillFacts, RungFinding, RungName } from '../../domain/drill/rung.js';
import type { LedgerStore } from '../../storage/ledger-store.js';
import type { ObjectStore } from '../../storage/object-store.js';

/** What every rung works with. */
export interface DrillSession {
  readonly plan: DrillPlan;
  readonly backup: BackupReference;
  readonly folder: WorkFolder;
  /** What the rungs before this one learned. */
  readonly facts: Partial<DrillFacts>;
  readonly store: ObjectStore;
  /** Verdicts so far: what is usual for the plan. */
  readonly ledger: Pick<LedgerStore, 'readLedger'>;
  /** Aborted when the drill is canceled, its host stops, or the deadline has passed: end all programs, then throw. */
  readonly signal: AbortSignal;
  /** Called often; travels in a heartbeat: `{ doneBytes, totalBytes }`, `{ doneFiles, totalFiles }`. */
  readonly progress: (counters: Readonly<Record<string, number>>) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * The private folder of one drill, below HOLDFAST_WORK_DIR; mode 0700. Absolute paths. Nothing outside of it is written.
 */
export interface WorkFolder {
  readonly root: string;
  /** The list of objects, whole: may be large. */
  readonly inventoryFile: string;
  /** As downloaded, under checked relative names. */
  readonly objects: string;
  /** Unpacked: what `--prepare` works on. Files that lay plain in the bucket are hard links to those of `objects`. */
  readonly backup: string;
  /** Data directory of the private server. */
  readonly data: string;
  readonly binlogs: string;
  /** Pid files, logs, results of tools. */
  readonly run: string;
  /** Unix sockets: outside of `root` where that path is too long for one, and removed with it. */
  readonly sockets: string;
}

/**
 * One rung: does its work, and says what it found. It may be run twice, and finds what a run of it that died has left.
 * @throws only what waiting mends (the store is away), or abortion; whatever else is a finding
 */
export type Rung = (session: DrillSession) => Promise<RungFinding>;

export type Rungs = Readonly<Record<RungName, Rung>>;
