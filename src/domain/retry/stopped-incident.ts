import type { Job } from '../kubernetes/job.js';
import { ATTEMPT_LABEL } from '../labels.js';
import type { Situation } from './decide.js';
import type { Decision, JobFailure } from './decision.js';
import type { Incident } from './incident.js';
import { judgedHash } from './judged-hash.js';
import { goneJob } from './observe-job.js';
import { isAboutThisJob, lastRecord } from './read-incident.js';
import { withoutStop } from './start-incident.js';

/** Stopped by a person while a Job ran or was being created, whose end is not judged yet. */
export function isStopPending(incident: Incident | undefined): incident is Incident {
  return incident?.state === 'stopped' && incident.stopPending === true;
}

/** The stop holds: the Job of that time has failed, went away, or never came. `undefined` where nothing has ended. */
export function decideStopped(situation: Situation): Decision | undefined {
  const { backup, command, incident, observation } = situation;
  if (!isStopPending(incident)) return undefined;
  if (observation.state === 'failed') {
    return endStopped(situation, { incident, failure: observation.failure, how: ' while the Job ran' });
  }
  const absent = observation.state === 'none' && isAboutThisJob(situation);
  if (!absent || incident.specHash !== judgedHash(backup)) return undefined;
  const reason = lastRecord(backup)?.originalReason ?? 'unknown';
  const failure: JobFailure = { ...goneJob(backup, command), sinceMs: undefined, reason };
  return endStopped(situation, { incident, failure, how: `; retry ${incident.retries} has no Job` });
}

function endStopped(
  { backup, command }: Situation,
  { incident, failure, how }: { incident: Incident; failure: JobFailure; how: string },
): Decision {
  const { at, by } = incident.lastRequest ?? {};
  const who = by === undefined ? '' : ` by ${by}`;
  return {
    kind: 'EndBadly',
    command,
    failure,
    reason: 'RetryStopped',
    explanation: `retrying was stopped${who}${at === undefined ? '' : ` at ${at}`}${how}`,
    incident: { ...withoutStop(incident), lastJobUid: failure.jobUid, specHash: judgedHash(backup) },
  };
}

/**
 * The Job of the retry that had begun when it was stopped: a worker that was frozen may create it after the incident has
 * ended for want of it.
 */
export function isOfStoppedRetry({ state, retries }: Incident, job: Job | undefined): boolean {
  return state === 'stopped' && job?.metadata.labels?.[ATTEMPT_LABEL] === String(retries);
}
