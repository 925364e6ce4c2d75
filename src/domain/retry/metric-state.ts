import type { Backup } from '../backup/backup.js';
import { commandOf } from '../backup/backup-command.js';
import { failedConditionOf } from '../backup/log-status.js';
import { wordOr } from '../metric-label.js';
import { parseTime } from '../time.js';
import type { BadEndReason } from './decision.js';
import type { Incident } from './incident.js';
import { pendingRecord, readIncident } from './read-incident.js';

/** Reason of a failure whose class the incident does not say. */
export const UNKNOWN_CLASS = 'unknown';

/** What the metrics of retries read of one Backup. Times are epoch milliseconds. */
export interface RetryMetricState {
  readonly incidentId: string;
  readonly incidentState: Incident['state'];
  readonly firstFailedMs: number | undefined;
  /** Retries decided in this incident, the pending one included. */
  readonly retries: number;
  readonly lastJobUid: string;
  /** Class of the last failure; never free text. */
  readonly failureClass: string;
  /** When the pending retry is due. */
  readonly nextRetryMs: number | undefined;
  /** The kept records of this incident, by the number of the retry. */
  readonly records: ReadonlyMap<number, RetryRecordState>;
  /** Why the incident ended badly; `undefined` while it goes on and after a success. */
  readonly badEnd: BadEndReason | undefined;
  /** When it did. */
  readonly badEndMs: number | undefined;
}

export interface RetryRecordState {
  readonly detectedMs: number | undefined;
  readonly started: boolean;
}

/** `undefined` for a Backup that never failed: it has no series. */
export function retryMetricStateOf(backup: Backup): RetryMetricState | undefined {
  const incident = readIncident(backup);
  // An incident without a Job is a spec that was invalid from the start.
  if (incident === undefined || incident.lastJobUid === '') return undefined;
  const { id, state, retries, lastJobUid, firstFailedAt, lastClass } = incident;
  return {
    incidentId: id,
    incidentState: state,
    firstFailedMs: parseTime(firstFailedAt),
    retries,
    lastJobUid,
    failureClass: wordOr(lastClass, UNKNOWN_CLASS),
    nextRetryMs: state === 'open' ? parseTime(pendingRecord(backup, incident)?.expectedRetryAt) : undefined,
    records: recordsOf(backup, incident),
    ...(state === 'settled' || state === 'stopped' ? badEndOf(backup) : NO_BAD_END),
  };
}

/** The newest records whose numbers fall from the end belong to this incident; those before to older ones. */
function recordsOf(backup: Backup, { retries }: Incident): ReadonlyMap<number, RetryRecordState> {
  const records = new Map<number, RetryRecordState>();
  let below = retries + 1;
  for (const record of (backup.status.backoffRetryStatus ?? []).toReversed()) {
    if (record.retryNum >= below || record.retryNum < 1) break;
    below = record.retryNum;
    records.set(record.retryNum, {
      detectedMs: parseTime(record.detectFailedAt),
      started: record.realRetryAt !== undefined,
    });
  }
  return records;
}

const BAD_ENDS: Readonly<Record<BadEndReason, true>> = {
  RetryExhausted: true,
  RetryTimeout: true,
  PermanentFailure: true,
  JobFailed: true,
  RetryStopped: true,
};

const NO_BAD_END = { badEnd: undefined, badEndMs: undefined };

function badEndOf(backup: Backup): Pick<RetryMetricState, 'badEnd' | 'badEndMs'> {
  const command = commandOf(backup);
  const failed = command === undefined ? undefined : failedConditionOf(backup.status, command);
  if (!isBadEnd(failed?.reason)) return NO_BAD_END;
  return { badEnd: failed.reason, badEndMs: parseTime(failed.lastTransitionTime) };
}

function isBadEnd(reason: string | undefined): reason is BadEndReason {
  return reason !== undefined && Object.hasOwn(BAD_ENDS, reason);
}
