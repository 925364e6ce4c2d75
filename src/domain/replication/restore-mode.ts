import type { FieldProblem } from '../field-problem.js';
import { spelledMode } from '../spelled-mode.js';
import type { RestoreSpec } from './restore.js';

export type RestoreMode = 'snapshot' | 'pitr' | 'volume-snapshot';
const MODES: readonly RestoreMode[] = ['snapshot', 'pitr', 'volume-snapshot'];

/** `restoreMode` is the stock spelling, `mode` the other one; absent means snapshot, as in the stock CRD. */
export function restoreModeOf({
  mode,
  restoreMode,
}: RestoreSpec): { mode: RestoreMode } | { problem: FieldProblem } {
  const spelled = spelledMode({ mode, restoreMode }, MODES);
  return 'problem' in spelled ? spelled : { mode: spelled.mode ?? 'snapshot' };
}
