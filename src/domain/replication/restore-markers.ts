import type { CompactionVerdict, GateVerdict } from './gate.js';
import { replicationConfigOf } from './gate-of.js';
import { compactSettledEvent, type RestoreEvent } from './restore-events.js';
import { restoreJobName } from './restore-job-name.js';
import type { RestoreSituation } from './restore-situation.js';
import { settledReasonOf, statusWithMarker, trueRestoreCondition, type Waiting } from './restore-status.js';
import type { RestoreStatus } from './restore.js';

/** A status with its markers, and the Events that go with those that are new. */
export interface MarkedStatus {
  readonly status: RestoreStatus;
  readonly events: readonly RestoreEvent[];
}

/** The markers that follow from what was seen and do not stand in the status yet. */
export function withMarkers(
  situation: RestoreSituation,
  { snapshot, compaction }: GateVerdict,
): MarkedStatus {
  const { restore, now } = situation;
  let { status } = restore;
  const events: RestoreEvent[] = [];
  if (snapshot === 'restored' && trueRestoreCondition(status, 'SnapshotRestored') === undefined) {
    const message = `Job ${restoreJobName(restore.metadata.name, 'snapshot-restore')} is complete`;
    status = statusWithMarker(status, { type: 'SnapshotRestored', reason: 'JobComplete', message, now });
  }
  if (compaction.kind === 'settled' && settledReasonOf(status) === undefined) {
    const { reason, message } = compaction;
    status = statusWithMarker(status, { type: 'CompactSettled', reason, message, now });
    events.push(compactSettledEvent(compaction, compactBackupName(situation)));
  }
  return { status, events };
}

/** What somebody has to bring for the compaction's half; `undefined` while it is on its way. */
export function heldUp(situation: RestoreSituation, compaction: CompactionVerdict): Waiting | undefined {
  if (compaction.kind !== 'held') return undefined;
  const { reason, message } = compaction;
  return { reason, message: `CompactBackup ${compactBackupName(situation)}: ${message}` };
}

export function describeProgress(situation: RestoreSituation, { snapshot, compaction }: GateVerdict): string {
  const compactions = compaction.kind === 'settled' ? 'is settled' : compaction.message;
  return `snapshot restore: ${snapshot}; CompactBackup ${compactBackupName(situation)} ${compactions}`;
}

export function compactBackupName({ restore }: Pick<RestoreSituation, 'restore'>): string {
  return `${restore.metadata.namespace}/${replicationConfigOf(restore)?.compactBackupName ?? '(none)'}`;
}
