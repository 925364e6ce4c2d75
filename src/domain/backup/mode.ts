import type { FieldProblem } from '../field-problem.js';
import { spelledMode } from '../spelled-mode.js';
import type { BackupSpec } from './backup.js';

export type BackupMode = 'log' | 'snapshot' | 'volume-snapshot';
const MODES: readonly BackupMode[] = ['log', 'snapshot', 'volume-snapshot'];

/** `backupMode` is the stock spelling, `mode` the other one; absent means snapshot, as in the stock CRD. */
export function backupModeOf({
  mode,
  backupMode,
}: BackupSpec): { mode: BackupMode } | { problem: FieldProblem } {
  const spelled = spelledMode({ mode, backupMode }, MODES);
  return 'problem' in spelled ? spelled : { mode: spelled.mode ?? 'snapshot' };
}
