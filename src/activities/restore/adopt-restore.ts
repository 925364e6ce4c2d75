import { log } from '@temporalio/activity';
import { MANAGED_LABEL } from '../../domain/labels.js';
import type { RunReplicationRestoreInput } from '../../domain/replication/restore-input.js';
import { labelRestore, readRestore } from '../../kubernetes/restores.js';
import { onFreshRead } from '../on-fresh-read.js';
import type { RestoreActivityDependencies } from './dependencies.js';

/** Whether the Restore is ours now; `summary` says why it is not. */
export type Adoption = { readonly adopted: true } | { readonly adopted: false; readonly summary: string };

/** Sets the label that makes a Restore ours. One that somebody has begun already stays with them. */
export async function adoptRestore(
  deps: RestoreActivityDependencies,
  { namespace, name, uid }: RunReplicationRestoreInput,
): Promise<Adoption> {
  return onFreshRead(async () => {
    const restore = await readRestore(deps.api, { namespace, name });
    if (restore?.metadata.uid !== uid) {
      return { adopted: false, summary: 'the Restore does not exist any more' };
    }
    if (restore.metadata.labels?.[MANAGED_LABEL] === 'true') return { adopted: true };
    const { phase = '' } = restore.status;
    if (phase !== '') return { adopted: false, summary: takenBy(phase) };
    await labelRestore(deps.api, restore, { [MANAGED_LABEL]: 'true' });
    log.info('restore: labelled as ours', { namespace, restore: name });
    return { adopted: true };
  });
}

function takenBy(phase: string): string {
  return `somebody else has begun this Restore (phase ${phase}), and it has no label ${MANAGED_LABEL}: create another one`;
}
