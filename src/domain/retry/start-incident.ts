import { toRfc3339Seconds } from '../time.js';
import type { Incident } from './incident.js';

export function newIncident(facts: { jobUid: string; firstFailedMs: number; hash: string }): Incident {
  return {
    id: facts.jobUid,
    firstFailedAt: toRfc3339Seconds(facts.firstFailedMs),
    retries: 0,
    lastJobUid: facts.jobUid,
    specHash: facts.hash,
    state: 'open',
  };
}

/** An invalid spec keeps what an open incident knew: fixed, it goes on with the budget that was left. */
export function invalidIncident(
  incident: Incident | undefined,
  { hash, nowMs }: { hash: string; nowMs: number },
): Incident {
  const carriesOn = incident?.state === 'open' || incident?.state === 'invalid';
  const known = carriesOn
    ? incident
    : { id: `spec-${hash}`, firstFailedAt: toRfc3339Seconds(nowMs), retries: 0, lastJobUid: '' };
  return { ...known, specHash: hash, state: 'invalid' };
}

/** The incident without the mark that a Job ran when it was stopped. */
export function withoutStop({ stopPending: _over, ...incident }: Incident): Incident {
  return incident;
}
