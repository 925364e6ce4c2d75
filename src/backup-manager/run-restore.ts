import { warnOn, type PodDependenciesWithApi } from './pod-work.js';
import { abortRestore } from './restore-abort.js';
import { restoreData, type RestoreContext, type RestoreOptions } from './restore-data.js';
import { restoreTarget } from './restore-target.js';
import { fetchOwner, writeStatus } from './status-writer.js';

export interface RunRestoreOptions extends RestoreOptions {
  readonly namespace: string;
  readonly restoreName: string;
  /** Removes what a failed restore left behind, in place of restoring. */
  readonly abort: boolean;
}

/**
 * Restores, or cleans up, for one Restore.
 * @returns whether BR succeeded
 * @throws StatusOwnerGone or ApiFailure where the Restore cannot be read or written
 */
export async function runRestore(options: RunRestoreOptions, deps: PodDependenciesWithApi): Promise<boolean> {
  const { namespace, restoreName: name, abort } = options;
  const target = restoreTarget({ api: deps.api, namespace, name, warn: warnOn(deps) });
  const restore = await fetchOwner(target);
  const { uid } = restore.metadata;
  const write: RestoreContext['write'] = isSilent(options)
    ? async () => undefined
    : (change, signal) => writeStatus(target, { uid, change, signal });
  const context = { ...deps, restore, write };
  return abort ? abortRestore(options, context) : restoreData(options, context);
}

/** While the snapshot of a replication restore is restored, its orchestrator alone writes: the pod's end is its word. */
function isSilent({ abort, replication }: RunRestoreOptions): boolean {
  return !abort && replication?.phase === 1;
}
