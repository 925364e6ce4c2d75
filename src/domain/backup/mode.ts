import type { FieldProblem } from '../field-problem.js';
import type { BackupSpec } from './backup.js';

export type BackupMode = 'log' | 'snapshot' | 'volume-snapshot';
const MODES: readonly string[] = ['log', 'snapshot', 'volume-snapshot'] satisfies BackupMode[];

/** `backupMode` is the stock spelling, `mode` the other one; absent means snapshot, as in the stock CRD. */
export function backupModeOf({
  mode,
  backupMode,
}: BackupSpec): { mode: BackupMode } | { problem: FieldProblem } {
  const spellings = Object.entries({ mode, backupMode }).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  for (const [field, value] of spellings) {
    if (!isMode(value)) {
      return { problem: { path: `spec.${field}`, received: textOf(value), expected: MODES.join(', ') } };
    }
  }
  const [first = 'snapshot', second = first] = spellings.map(([, value]) => value).filter(isMode);
  if (first === second) return { mode: first };
  return {
    problem: {
      path: 'spec.mode',
      received: `${first}" beside spec.backupMode "${second}`,
      expected: 'both spellings of the mode to be equal, or only one of them',
    },
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isMode(value: unknown): value is BackupMode {
  return typeof value === 'string' && MODES.includes(value);
}
