import { boundedName } from '../names.js';
import type { RestoreJobStep } from './restore-step.js';

/** Names of Jobs as TiDB Operator gives them, bounded to what a Job name may be. */
export function restoreJobName(restoreName: string, step: RestoreJobStep): string {
  switch (step) {
    case 'standard':
      return boundedName(`restore-${restoreName}`);
    case 'prune':
      return boundedName(`restore-${restoreName}-prune`);
    case 'snapshot-restore':
    case 'log-restore':
      return boundedName(`${restoreName}-${step}`);
  }
}
