import { jobOutcome } from '../../src/domain/kubernetes/job-outcome.js';
import { pendingRecord, readIncident } from '../../src/domain/retry/read-incident.js';
import type { IncidentHistory } from './invariants.js';
import type { Aim } from './strike-plan.js';

/** Where an incident is; `running` is a Job whose creation the worker knows, unless the blow was aimed. */
export type IncidentState = Aim | 'running';

/** `undefined`: it has not begun, or is over. */
export function stateOf({ backups, jobs }: IncidentHistory): IncidentState | undefined {
  const backup = backups.at(-1)?.object;
  const job = jobs.at(-1);
  if (backup === undefined || job === undefined) return undefined;
  const incident = readIncident(backup);
  if (incident?.state === 'settled') return undefined;
  if (job.deleted || job.object.metadata.deletionTimestamp !== undefined) return 'deleted-not-created';
  if (jobOutcome(job.object) !== 'failed') return 'running';
  const judged = incident?.lastJobUid === job.object.metadata.uid;
  return judged && pendingRecord(backup, incident) !== undefined ? 'waiting' : 'before record';
}
