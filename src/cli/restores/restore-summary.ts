import { replicationConfigOf } from '../../domain/replication/gate-of.js';
import type { RestoreDecision } from '../../domain/replication/restore-decision.js';
import { restoreModeOf } from '../../domain/replication/restore-mode.js';
import type { SeenRestore } from '../../domain/replication/seen-restore.js';
import { compactionProgress } from '../../domain/replication/shard-progress.js';
import { isOurs } from './read-restore.js';

/** One Restore in a line. */
export interface RestoreSummary {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Whether it is labelled as ours. */
  readonly ours: boolean;
  readonly mode: string;
  readonly phase: string;
  /** `snapshot-restore`, then `log-restore`. */
  readonly step?: string;
  /** `cb-1: Running, 3 of 8 shards`; only of a replication restore. */
  readonly compaction?: string;
  /** What a worker does next, or waits for. */
  readonly nextAction: string;
}

export function summarizeRestore(seen: SeenRestore, decision: RestoreDecision): RestoreSummary {
  const { metadata, spec, status } = seen.restore;
  const { namespace, name, uid, creationTimestamp } = metadata;
  const mode = restoreModeOf(spec);
  const compaction = compactionOf(seen);
  return {
    namespace,
    name,
    uid,
    createdAt: creationTimestamp,
    ours: isOurs(seen.restore),
    mode: 'mode' in mode ? mode.mode : 'invalid',
    phase: status.phase ?? '',
    ...(status.replicationStep !== undefined && { step: status.replicationStep }),
    ...(compaction !== undefined && { compaction }),
    nextAction: decision.summary,
  };
}

function compactionOf({ restore, compactBackup }: SeenRestore): string | undefined {
  const config = replicationConfigOf(restore);
  if (config === undefined) return undefined;
  const state = compactBackup === undefined ? 'not found' : compactBackup.status.state || 'not started';
  const progress = compactBackup === undefined ? '' : compactionProgress(compactBackup);
  return `${config.compactBackupName}: ${[state, progress].filter((part) => part !== '').join(', ')}`;
}
