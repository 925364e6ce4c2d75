import { parseTime } from '../../domain/time.js';
import type { BackupSummary } from '../backups/backup-summary.js';
import type { NextAction } from '../backups/next-action.js';
import type { UnreadableObject } from '../unreadable-object.js';
import { oneLine } from './one-line.js';
import { textTable, type Cell } from './text-table.js';
import { ageOf, relativeTime, utc } from './times.js';
import { toneOfPhase, type Tone } from './tones.js';

const REASON_LENGTH = 60;

export interface BackupTable {
  readonly backups: readonly BackupSummary[];
  readonly unreadable: readonly UnreadableObject[];
  /** `wide` adds columns and cuts nothing. */
  readonly format: 'table' | 'wide';
  readonly nowMs: number;
  readonly colour: boolean;
}

const HEADERS = ['NAMESPACE/NAME', 'MODE', 'PHASE', 'JOB', 'RETRY', 'NEXT ACTION', 'LAST REASON', 'AGE'];
const WIDE_HEADERS = ['INCIDENT', 'FIRST FAILURE', 'JOB NAME', 'UID'];

export function renderBackupTable({ backups, unreadable, format, nowMs, colour }: BackupTable): string {
  const wide = format === 'wide';
  const rows = [
    ...backups.map((backup) => [
      ...columnsOf(backup, { wide, nowMs }),
      ...(wide ? wideColumnsOf(backup, nowMs) : []),
    ]),
    ...unreadable.map((backup) => unreadableRow(backup, wide)),
  ];
  return textTable(wide ? [...HEADERS, ...WIDE_HEADERS] : HEADERS, rows, { colour });
}

function columnsOf(backup: BackupSummary, { wide, nowMs }: { wide: boolean; nowMs: number }): Cell[] {
  const { namespace, name, mode, phase, lastReason = '-' } = backup;
  return [
    { text: `${namespace}/${name}` },
    toned(mode),
    toned(phase || '-'),
    jobCell(backup),
    { text: retryText(backup) },
    nextActionCell(backup.nextAction, nowMs),
    { text: oneLine(lastReason, wide ? undefined : REASON_LENGTH) },
    { text: ageOf(backup.createdAt, nowMs) },
  ];
}

function wideColumnsOf({ incident, job, uid }: BackupSummary, nowMs: number): Cell[] {
  const firstFailureMs = parseTime(incident?.firstFailedAt);
  const firstFailure =
    firstFailureMs === undefined ? '-' : `${utc(firstFailureMs)} (${relativeTime(firstFailureMs, nowMs)})`;
  return [
    { text: incident?.state ?? '-' },
    { text: firstFailure },
    { text: job?.name ?? '-' },
    { text: uid },
  ];
}

function unreadableRow({ namespace, name, problem }: UnreadableObject, wide: boolean): Cell[] {
  const dashes: Cell[] = Array.from({ length: 4 }, () => ({ text: '-' }));
  return [
    { text: `${namespace}/${name}` },
    ...dashes,
    { text: 'cannot be read', tone: 'bad' },
    { text: oneLine(problem, wide ? undefined : REASON_LENGTH) },
    { text: '-' },
    ...(wide ? dashes : []),
  ];
}

function toned(text: string): Cell {
  const tone = toneOfPhase(text);
  return { text, ...(tone !== undefined && { tone }) };
}

/** `log-start Running`: which sub-command, and how far; the Job's own state where they differ. */
function jobCell({ subcommand, subcommandPhase, job }: BackupSummary): Cell {
  if (subcommand === undefined) return { text: '-' };
  const state = job === undefined ? 'no Job' : `Job ${job.state}`;
  const tone = toneOfPhase(job?.state ?? '');
  return {
    text: `${subcommand}: ${[subcommandPhase, state].filter(Boolean).join(', ')}`,
    ...(tone === 'bad' && { tone }),
  };
}

function retryText({ retries, maxRetries, mode, retryEnabled }: BackupSummary): string {
  if (mode !== 'log') return '-';
  if (retryEnabled === undefined) return '?';
  if (!retryEnabled) return 'off';
  return maxRetries === undefined ? String(retries) : `${retries}/${maxRetries}`;
}

const NEXT_ACTION_TONE: Readonly<Record<NextAction['kind'], Tone | undefined>> = {
  Retry: 'warning',
  Now: 'warning',
  Wait: undefined,
  LeftAlone: 'warning',
  None: undefined,
};

function nextActionCell(action: NextAction, nowMs: number): Cell {
  const tone = NEXT_ACTION_TONE[action.kind];
  return { text: oneLine(nextActionText(action, nowMs), 90), ...(tone !== undefined && { tone }) };
}

/** `retry 2 of 5 at 2026-11-21 10:31:30Z (in 24s)`. */
export function nextActionText({ what, at }: NextAction, nowMs: number): string {
  const atMs = parseTime(at);
  return atMs === undefined ? what : `${what} at ${utc(atMs)} (${relativeTime(atMs, nowMs)})`;
}
