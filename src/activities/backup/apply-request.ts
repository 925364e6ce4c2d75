import { log } from '@temporalio/activity';
import { z } from 'zod';
import type { BackoffRetryRecord, BackupStatus } from '../../domain/backup/backup.js';
import { logStatusPatch, statusWithLogCondition } from '../../domain/backup/log-status.js';
import type { SeenBackup } from '../../domain/retry/decide.js';
import { decideRequest, type RequestDecision } from '../../domain/retry/decide-request.js';
import { requestStopEvent } from '../../domain/retry/events.js';
import { incidentAnnotation, pendingRecord, readIncident } from '../../domain/retry/read-incident.js';
import { appendRecord, recordOf, rescheduleLast } from '../../domain/retry/records.js';
import { PersonRequest, type AppliedRequest, type RequestAnswer } from '../../domain/retry/request.js';
import { SuperviseBackupInput } from '../../domain/retry/supervise-input.js';
import { toRfc3339Seconds } from '../../domain/time.js';
import { patchBackup } from '../../kubernetes/backups.js';
import { recordEvent } from '../../kubernetes/events.js';
import type { BackupActivityDependencies } from './dependencies.js';
import { gatherReason } from './gather-reason.js';
import { retryFields, subjectOf } from './log-lines.js';
import { onFreshRead } from '../on-fresh-read.js';
import { judgeBackup } from './observe-backup.js';

export const ApplyRequestInput = SuperviseBackupInput.extend({
  request: PersonRequest,
  /** The id of the update: the same request, repeated, is answered and not done again. */
  requestId: z.string().min(1),
});
export type ApplyRequestInput = z.infer<typeof ApplyRequestInput>;

type Change = Extract<RequestDecision, { kind: 'Change' }>;

interface Application {
  readonly seen: SeenBackup;
  readonly decision: Change;
  readonly applied: AppliedRequest;
}

/**
 * What a person asked for, in one write on top of what was read. The workflow lets one request in at a time, so that
 * the last one in the annotation is enough to know a repetition.
 */
export async function applyRequest(
  deps: BackupActivityDependencies,
  input: ApplyRequestInput,
): Promise<RequestAnswer> {
  return onFreshRead(async () => {
    const judged = await judgeBackup(deps, input);
    const at = toRfc3339Seconds(deps.now());
    if (judged === undefined) {
      return { result: 'refused', reason: 'the Backup does not exist any more', at };
    }
    const { seen } = judged;
    const before = readIncident(seen.backup)?.lastRequest;
    if (before?.id === input.requestId) {
      return { result: 'applied', summary: before.summary, at: before.at };
    }
    const decision = decideRequest(seen, input.request);
    switch (decision.kind) {
      case 'Refuse':
        return { result: 'refused', reason: decision.reason, at };
      case 'Unchanged':
        return { result: 'applied', summary: decision.summary, at };
      case 'Change': {
        const { kind, by, note } = input.request;
        const { summary } = decision;
        const applied: AppliedRequest = { id: input.requestId, kind, at, by, note, summary };
        await write(deps, { seen, decision, applied });
        return { result: 'applied', summary, at };
      }
    }
  });
}

async function write(deps: BackupActivityDependencies, application: Application): Promise<void> {
  const { seen, decision, applied } = application;
  const { backup } = seen;
  const status = await statusAfter(deps, application);
  await patchBackup(deps.api, backup, {
    status: logStatusPatch(backup.status, status),
    annotations: incidentAnnotation({ ...decision.incident, lastRequest: applied }),
  });
  log.info(`${subjectOf(backup)} retry: request of a person applied`, {
    ...retryFields(backup, { attempt: decision.incident.retries }),
    ...applied,
  });
}

async function statusAfter(
  deps: BackupActivityDependencies,
  { seen, decision, applied }: Application,
): Promise<BackupStatus> {
  const { backup, nowMs } = seen;
  const { added, pendingDueMs, incident, command } = decision;
  const records = backup.status.backoffRetryStatus;
  if (added !== undefined) {
    const { reason } = await gatherReason(deps, { seen, command, jobReason: added.failure.reason });
    return { ...backup.status, backoffRetryStatus: appendRecord(records, recordOf(added, reason)) };
  }
  if (pendingDueMs !== undefined) {
    return { ...backup.status, backoffRetryStatus: rescheduleLast(records, pendingDueMs) };
  }
  if (decision.ends !== true) return backup.status;
  const message = stopMessage(applied, pendingRecord(backup, incident));
  // Before the write, as at every end: nobody would come back for the Event.
  const event = requestStopEvent(incident, { requestId: applied.id, message });
  await recordEvent(deps, { backup, event, nowMs });
  const now = toRfc3339Seconds(nowMs);
  return statusWithLogCondition(backup.status, {
    command,
    type: 'Failed',
    reason: 'RetryStopped',
    message,
    now,
  });
}

function stopMessage({ by, note, summary }: AppliedRequest, pending: BackoffRetryRecord | undefined): string {
  const who = by === undefined ? '' : ` by ${by}`;
  const why = note === undefined ? '' : ` (${note})`;
  const last = pending?.originalReason === undefined ? '' : `; last failure: ${pending.originalReason}`;
  return `${summary}${who}${why}${last}`;
}
