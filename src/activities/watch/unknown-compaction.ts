import { replicationConfigOf, unknownCompactionState } from '../../domain/replication/gate-of.js';
import type { SeenRestore } from '../../domain/replication/seen-restore.js';

/** A CompactBackup in a state that this version does not know; the Restore waits on. */
export interface UnknownCompaction {
  /** `namespace/name`. */
  readonly restore: string;
  /** In the same namespace. */
  readonly compactBackup: string;
  readonly state: string;
}

/** Tells of each unknown state, once for each Restore. */
export interface UnknownCompactions {
  look(seen: SeenRestore): void;
  forget(restore: SeenRestore['restore']): void;
}

export function createUnknownCompactions(tell: (found: UnknownCompaction) => void): UnknownCompactions {
  const told = new Map<string, Set<string>>();
  return {
    look: (seen) => {
      const state = unknownCompactionState(seen);
      if (state === undefined) return;
      const { namespace, name, uid } = seen.restore.metadata;
      const states = told.get(uid) ?? new Set();
      if (states.has(state)) return;
      told.set(uid, states.add(state));
      const compactBackup = replicationConfigOf(seen.restore)?.compactBackupName ?? '';
      tell({ restore: `${namespace}/${name}`, compactBackup, state });
    },
    forget: ({ metadata }) => void told.delete(metadata.uid),
  };
}
