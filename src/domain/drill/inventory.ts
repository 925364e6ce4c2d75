import type { Baseline } from './baseline.js';
import {
  bareName,
  chunkHoles,
  compressionOf,
  isStream,
  layoutOf,
  missingMetadata,
  xbcloudChunk,
} from './backup-layout.js';
import { judgeSize } from './backup-size.js';
import { evidence, finding, type RungDraft } from './finding.js';
import { MANIFEST_NAME } from './manifest.js';
import { unsafeNames } from './object-name.js';
import type { BackupLayout, Evidence, RungFinding } from './rung.js';

export const BASELINE_NAME = 'baseline.json';

/** One object of a backup, its name relative to the backup's folder. */
export interface InventoryObject {
  readonly name: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly lastModifiedMs: number;
}

export interface InventoryQuestion {
  readonly objects: readonly InventoryObject[];
  readonly layout: BackupLayout;
  /** Absent where there is none, or where it cannot be read. */
  readonly baseline?: Baseline | undefined;
  /** Sizes of the plan's last backups that passed. */
  readonly history: readonly number[];
  readonly minSizeRatio: number;
  readonly pitrRequired: boolean;
  readonly baselineRequired: boolean;
  readonly nowMs: number;
}

/** Younger than this, an incomplete backup may be one that is still written. */
export const UPLOAD_GRACE_MS = 60 * 60_000;

/** A line of what `inventoryDigest` is taken over; in the order of the names. */
export function inventoryLine({ name, sizeBytes, etag }: InventoryObject): string {
  return `${JSON.stringify(name)}\t${sizeBytes}\t${etag}\n`;
}

/** Makers of folders in web consoles leave these; they hold nothing. */
export function isFolderMarker({ name, sizeBytes }: Pick<InventoryObject, 'name' | 'sizeBytes'>): boolean {
  return sizeBytes === 0 && (name === '' || name.endsWith('/'));
}

/** Rung 1: what names and sizes alone can tell about a backup. */
export function judgeInventory(question: InventoryQuestion): RungFinding {
  const { objects } = question;
  if (objects.length === 0) {
    return finding({ outcome: 'failed', cause: 'incomplete-upload', summary: 'the backup has no objects' });
  }
  const names = objects.map(({ name }) => name);
  const size = sizeOf(question);
  const warnings = size.warned.map((text) => evidence(text));
  const draft: RungDraft = refusal(names, question.layout) ??
    incompleteness(question, names) ??
    emptiness(objects) ??
    sizeDrop(size.failed) ?? {
      outcome: 'passed',
      summary: `${objects.length} objects, complete by their names`,
    };
  return finding({ ...draft, warnings: [...(draft.warnings ?? []), ...warnings] });
}

/** What cannot be restored by us, or as the plan says, without saying anything about the backup. */
function refusal(names: readonly string[], planned: BackupLayout): RungDraft | undefined {
  const unsafe = unsafeNames(names);
  if (unsafe.length > 0) {
    return {
      outcome: 'inconclusive',
      cause: 'refused-name',
      summary: `${unsafe.length} object names cannot be restored safely: nothing was downloaded`,
      evidence: unsafe.map((text) => evidence(text)),
    };
  }
  const layout = layoutOf(names);
  const streams = names.filter(isStream);
  if (layout !== planned && names.some((name) => !isSidecar(name))) {
    return planMismatch(`the plan says layout ${planned}, the objects look like ${layout}`, names);
  }
  if (layout === 'stream' && streams.length > 1) {
    return planMismatch(`one stream was expected, there are ${streams.length}`, streams);
  }
  return undefined;
}

function planMismatch(summary: string, names: readonly string[]): RungDraft {
  const shown = names.slice(0, 5).map((name) => evidence(name));
  return { outcome: 'inconclusive', cause: 'plan-mismatch', summary, evidence: shown };
}

/** Manifest, baseline and the plain metadata trio: they say nothing about the layout. */
function isSidecar(name: string): boolean {
  return (
    name === MANIFEST_NAME || name === BASELINE_NAME || (xbcloudChunk(name) === undefined && isMetadata(name))
  );
}

function isMetadata(name: string): boolean {
  return missingMetadata([name]).length < 3;
}

function incompleteness(question: InventoryQuestion, names: readonly string[]): RungDraft | undefined {
  const lines = missingParts(question, names);
  if (lines.length === 0) return undefined;
  const newestMs = question.objects.reduce(
    (newest, { lastModifiedMs }) => Math.max(newest, lastModifiedMs),
    0,
  );
  const ageMs = question.nowMs - newestMs;
  const warnings: Evidence[] =
    ageMs < UPLOAD_GRACE_MS
      ? [
          evidence(
            `the newest object is ${Math.max(0, Math.round(ageMs / 1000))} s old: the upload may still run`,
          ),
        ]
      : [];
  return {
    outcome: 'failed',
    cause: 'incomplete-upload',
    summary: `the backup is incomplete: ${lines[0]}`,
    evidence: lines.map((text) => evidence(text)),
    warnings,
  };
}

function missingParts(question: InventoryQuestion, names: readonly string[]): string[] {
  const { layout, baseline, pitrRequired, baselineRequired } = question;
  const lines: string[] = [];
  const missing = missingMetadata(names);
  // Servers without binary logs have no position to note.
  const positionExpected = pitrRequired || (baseline !== undefined && baseline.gtid !== '');
  for (const part of missing) {
    if (part !== 'binlog_info' || positionExpected) lines.push(`xtrabackup_${part} is not there`);
  }
  if (layout === 'stream' && !names.some(isStream)) lines.push('the stream (backup.mbstream) is not there');
  if (layout === 'xbcloud') lines.push(...chunkHoles(names));
  if (baselineRequired && !names.includes(BASELINE_NAME)) lines.push(`${BASELINE_NAME} is not there`);
  return lines;
}

/** Files that a server or a tool never leaves empty. Data files of MyISAM and CSV tables without rows are. */
const NEVER_EMPTY =
  /(\.(ibd|frm|MYI|MAI|opt|ibu)|(^|\/)(ibdata\d+|ib_logfile0|xtrabackup_logfile|undo\d+|undo_\d+|backup-my\.cnf)|_(checkpoints|info))$/;

function emptiness(objects: readonly InventoryObject[]): RungDraft | undefined {
  const empty = objects.filter(({ sizeBytes, name }) => sizeBytes === 0 && !mayBeEmpty(name));
  if (empty.length === 0) return undefined;
  return {
    outcome: 'failed',
    cause: 'incomplete-upload',
    summary: `${empty.length} objects are empty that never are: ${empty[0]?.name ?? ''}`,
    evidence: empty.map(({ name }) => evidence('0 bytes', name)),
  };
}

/** Compressed files, streams and chunks have headers, even where their content is empty. */
function mayBeEmpty(name: string): boolean {
  if (isStream(name) || bareName(name) !== name || name === BASELINE_NAME) return false;
  return /_(slave|galera)_info$/.test(name) || !NEVER_EMPTY.test(name);
}

function sizeOf({ objects, baseline, history, minSizeRatio }: InventoryQuestion) {
  const compressed = compressionOf(objects.map(({ name }) => name)) !== 'none';
  return judgeSize({
    sizeBytes: totalBytes(objects),
    history,
    databaseBytes: compressed ? undefined : baseline?.sizeBytes,
    minRatio: minSizeRatio,
  });
}

export function totalBytes(objects: readonly Pick<InventoryObject, 'sizeBytes'>[]): number {
  return objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function sizeDrop(lines: readonly string[]): RungDraft | undefined {
  if (lines[0] === undefined) return undefined;
  return {
    outcome: 'failed',
    cause: 'size-drop',
    summary: `the backup is too small: ${lines[0]}`,
    evidence: lines.map((text) => evidence(text)),
  };
}
