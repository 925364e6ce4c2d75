import type { Decision } from './decision.js';
import { FAILURE_CLASSES, type Classification } from './failure-class.js';

type Of<Kind extends Decision['kind']> = Extract<Decision, { kind: Kind }>;

/**
 * The end in place of a retry that could not mend anything; `undefined` where a retry may help. The retry that was
 * decided is not used up: an incident that a person reopens has its whole budget.
 */
export function endPermanently(
  { command, failure, incident, retryNum }: Of<'Record'>,
  { class: found, retryable }: Classification,
): Of<'EndBadly'> | undefined {
  if (retryable) return undefined;
  return {
    kind: 'EndBadly',
    command,
    failure,
    reason: 'PermanentFailure',
    explanation: `no retry can mend ${found}: ${FAILURE_CLASSES[found].advice}`,
    incident: { ...incident, retries: retryNum - 1, state: 'settled' },
  };
}
