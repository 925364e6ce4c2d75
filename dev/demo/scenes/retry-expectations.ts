import type { BackoffRetryRecord } from '../../../src/domain/backup/backup.js';
import { jobOutcome } from '../../../src/domain/kubernetes/job-outcome.js';
import { ATTEMPT_LABEL } from '../../../src/domain/labels.js';
import { readIncident } from '../../../src/domain/retry/read-incident.js';
import { parseTime } from '../../../src/domain/time.js';
import { expectEqual, expectMatch, type Expectation } from '../expectations.js';
import type { BackupFacts } from './backup-facts.js';
import { LEDGER, LEDGER_DELAYS_SECONDS, ORDERS, ORDERS_DELAYS_SECONDS } from './retry-manifests.js';

/** What scene `retry` must have led to, against what the API server and Temporal say. */
export function retryExpectations({
  orders,
  ledger,
}: {
  orders: BackupFacts;
  ledger: BackupFacts;
}): Expectation[] {
  return [...ordersExpectations(orders), ...ledgerExpectations(ledger)];
}

function ordersExpectations(facts: BackupFacts): Expectation[] {
  const { backup, job } = facts;
  const [first, second] = recordsOf(facts);
  const subject = ORDERS;
  return [
    ...recordExpectations(facts, { subject, delaysSeconds: ORDERS_DELAYS_SECONDS }),
    expectMatch({
      subject,
      claim: 'first failed by OOM kill',
      pattern: /OOMKilled/,
      seen: first?.originalReason,
    }),
    expectMatch({
      subject,
      claim: 'then failed by its storage',
      pattern: /SlowDown/,
      seen: second?.originalReason,
    }),
    expectEqual({
      subject,
      claim: 'is in phase Running, its log-start Complete',
      expected: ['Running', 'Complete'],
      seen: [backup.status.phase, backup.status.logSubCommandStatuses?.['log-start']?.phase],
    }),
    expectEqual({
      subject,
      claim: 'has the Job of retry 2, complete',
      expected: ['2', 'complete'],
      seen: job && [job.metadata.labels?.[ATTEMPT_LABEL], jobOutcome(job)],
    }),
    ...endExpectations(facts, {
      subject,
      eventReasons: ['RetryStarted', 'RetryStarted', 'RetrySucceeded'],
      outcome: 'Succeeded',
    }),
  ];
}

function ledgerExpectations(facts: BackupFacts): Expectation[] {
  const { backup } = facts;
  const subject = LEDGER;
  const failed = backup.status.conditions?.find(({ type, status }) => type === 'Failed' && status === 'True');
  return [
    ...recordExpectations(facts, { subject, delaysSeconds: LEDGER_DELAYS_SECONDS }),
    expectEqual({
      subject,
      claim: 'is in phase Failed with reason RetryExhausted',
      expected: ['Failed', 'RetryExhausted'],
      seen: [backup.status.phase, failed?.reason],
    }),
    ...endExpectations(facts, {
      subject,
      eventReasons: ['BackupFailed', 'RetryExhausted', 'RetryStarted', 'RetryStarted'],
      outcome: 'Failed',
    }),
  ];
}

/** One record for each delay, each retry as long after its failure as the policy says, and none early. */
function recordExpectations(
  facts: BackupFacts,
  { subject, delaysSeconds }: { subject: string; delaysSeconds: readonly number[] },
): Expectation[] {
  const records = recordsOf(facts);
  const wait = (from: string | undefined, to: string | undefined) =>
    ((parseTime(to) ?? Number.NaN) - (parseTime(from) ?? Number.NaN)) / 1_000;
  const early = (record: BackoffRetryRecord) => !(wait(record.expectedRetryAt, record.realRetryAt) >= 0);
  return [
    expectEqual({
      subject,
      claim: 'has a record of each failure that was retried',
      expected: delaysSeconds.map((_delay, index) => index + 1),
      seen: records.map(({ retryNum }) => retryNum),
    }),
    expectEqual({
      subject,
      claim: `planned its retries ${delaysSeconds.join(' s and ')} s after the failures`,
      expected: delaysSeconds,
      seen: records.map((record) => wait(record.detectFailedAt, record.expectedRetryAt)),
    }),
    expectEqual({ subject, claim: 'began no retry early', expected: [], seen: records.filter(early) }),
  ];
}

function endExpectations(
  { backup, eventReasons, runs }: BackupFacts,
  expected: { subject: string; eventReasons: readonly string[]; outcome: string },
): Expectation[] {
  const { subject, outcome } = expected;
  return [
    expectEqual({
      subject,
      claim: 'has a settled incident',
      expected: 'settled',
      seen: readIncident(backup)?.state,
    }),
    expectEqual({
      subject,
      claim: `has the Events ${[...new Set(expected.eventReasons)].join(', ')}`,
      expected: expected.eventReasons,
      seen: eventReasons,
    }),
    expectEqual({
      subject,
      claim: `had one workflow run for its first Job, and one for the incident, which ended ${outcome}`,
      expected: ['Started', outcome],
      // A late nudge may have led to a run that found nothing to do.
      seen: runs.map((run) => run.outcome ?? run.status).filter((end) => end !== 'Left'),
    }),
  ];
}

function recordsOf({ backup }: BackupFacts): readonly BackoffRetryRecord[] {
  return backup.status.backoffRetryStatus ?? [];
}
