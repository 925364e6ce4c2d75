/**
 * What BR's log says about a run, line by line. BR logs as text (`[name=value]`) or as JSON (`"name":value`). TSOs are
 * larger than what a JSON number can hold exactly: they stay text.
 */
export type BrWord =
  | { readonly kind: 'progress'; readonly step: string; readonly percent: number }
  | { readonly kind: 'operation'; readonly id: string; readonly command: string; readonly startedAt: string };

const PROGRESS_STEP = field('step');
const PROGRESS_PERCENT = field('progress', String.raw`(\d+(?:\.\d+)?)%`);
const OPERATION_ID = field('operation_id');
const OPERATION_COMMAND = field('command');
const OPERATION_STARTED_AT = field('operation_started_at');
const BACKUP_TS = field('BackupTS', String.raw`([1-9]\d*)`);
const SIZE = field('Size', String.raw`(\d+)`);
/** Two generations of the summary of a log restore. */
const RESTORED_TO = field('(?:source-end-point|restore-to)', String.raw`([1-9]\d*)`);

/** A step that advanced, or the start of what BR calls an operation; `undefined` for every other line. */
export function brWordIn(line: string): BrWord | undefined {
  if (line.includes('BR operation started')) {
    const id = valueIn(line, OPERATION_ID);
    if (id === undefined) return undefined;
    const command = valueIn(line, OPERATION_COMMAND) ?? '';
    return { kind: 'operation', id, command, startedAt: valueIn(line, OPERATION_STARTED_AT) ?? '' };
  }
  const step = valueIn(line, PROGRESS_STEP);
  const percent = valueIn(line, PROGRESS_PERCENT);
  if (step === undefined || percent === undefined) return undefined;
  return { kind: 'progress', step, percent: Number(percent) };
}

/** What BR's summaries say; each may be missing. */
export interface BrSummary {
  /** TSO of the snapshot that was taken or restored. */
  readonly backupTs?: string | undefined;
  /** TSO up to which the log was restored. */
  readonly restoredTo?: string | undefined;
  readonly sizeBytes?: number | undefined;
}

/** The summary so far, with what one more line of output adds. */
export function withSummaryLine(summary: BrSummary, line: string): BrSummary {
  if (!line.includes('success summary')) return summary;
  const size = valueIn(line, SIZE);
  return {
    backupTs: valueIn(line, BACKUP_TS) ?? summary.backupTs,
    restoredTo: valueIn(line, RESTORED_TO) ?? summary.restoredTo,
    sizeBytes: size === undefined ? summary.sizeBytes : Number(size),
  };
}

/** `[name=value]` and `"name":"value"`; a value is anything up to its end where no pattern is given. */
function field(name: string, value = String.raw`([^"\]]*)`): RegExp {
  return new RegExp(String.raw`(?:\["?${name}"?=|"${name}":)"?${value}`);
}

function valueIn(line: string, pattern: RegExp): string | undefined {
  const value = pattern.exec(line)?.[1];
  return value === '' ? undefined : value;
}
