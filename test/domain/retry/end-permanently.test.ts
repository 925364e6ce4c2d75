import { expect, test } from 'vitest';
import { decide } from '../../../src/domain/retry/decide.js';
import { endPermanently } from '../../../src/domain/retry/end-permanently.js';
import { exampleBackup, exampleJob, logStart, NOW_MS } from './example-backup.js';

function recorded() {
  const backup = exampleBackup({ status: logStart('Failed') });
  const job = exampleJob({ condition: 'Failed' });
  const decision = decide({ backup, job, operatorPresent: false, nowMs: NOW_MS });
  if (decision.kind !== 'Record') throw new Error(`decided ${decision.kind}`);
  return decision;
}

test('a failure that may pass keeps its retry', () => {
  expect(endPermanently(recorded(), { class: 'network', retryable: true })).toBeUndefined();
});

test('a permanent failure ends in place of its retry, says what to do, and uses up no retry', () => {
  const decision = recorded();
  expect(endPermanently(decision, { class: 'storage_not_found', retryable: false })).toStrictEqual({
    kind: 'EndBadly',
    command: 'log-start',
    failure: decision.failure,
    reason: 'PermanentFailure',
    explanation: 'no retry can mend storage_not_found: create the bucket or correct its name in the spec',
    incident: { ...decision.incident, retries: 0, state: 'settled' },
  });
});
