import type { RestoreSummary } from '../restores/restore-summary.js';
import type { UnreadableObject } from '../unreadable-object.js';
import { oneLine } from './one-line.js';
import { textTable, type Cell } from './text-table.js';
import { ageOf } from './times.js';
import { toneOfPhase } from './tones.js';

const TEXT_LENGTH = 80;

export interface RestoreTable {
  readonly restores: readonly RestoreSummary[];
  readonly unreadable: readonly UnreadableObject[];
  /** `wide` adds the UID and cuts nothing. */
  readonly format: 'table' | 'wide';
  readonly nowMs: number;
  readonly colour: boolean;
}

const HEADERS = ['NAMESPACE/NAME', 'OURS', 'MODE', 'PHASE', 'STEP', 'COMPACTION', 'NEXT ACTION', 'AGE'];

export function renderRestoreTable({ restores, unreadable, format, nowMs, colour }: RestoreTable): string {
  const wide = format === 'wide';
  const length = wide ? undefined : TEXT_LENGTH;
  const rows = restores.map((restore): Cell[] => {
    const { namespace, name, ours, mode, phase, step = '-', compaction = '-', uid } = restore;
    const tone = toneOfPhase(phase);
    return [
      { text: `${namespace}/${name}` },
      { text: ours ? 'yes' : 'no' },
      { text: mode },
      { text: phase || '-', ...(tone !== undefined && { tone }) },
      { text: step },
      { text: oneLine(compaction, length) },
      { text: oneLine(restore.nextAction, length) },
      { text: ageOf(restore.createdAt, nowMs) },
      ...(wide ? [{ text: uid }] : []),
    ];
  });
  const unread = unreadable.map(({ namespace, name, problem }): Cell[] => [
    { text: `${namespace}/${name}` },
    ...Array.from({ length: 5 }, () => ({ text: '-' })),
    { text: oneLine(`cannot be read: ${problem}`, length), tone: 'bad' },
    { text: '-' },
    ...(wide ? [{ text: '-' }] : []),
  ]);
  return textTable(wide ? [...HEADERS, 'UID'] : HEADERS, [...rows, ...unread], { colour });
}
