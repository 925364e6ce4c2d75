import { jobOutcome } from '../../../src/domain/kubernetes/job-outcome.js';
import type { Job } from '../../../src/domain/kubernetes/job.js';
import { trueRestoreCondition } from '../../../src/domain/replication/restore-status.js';
import { parseTime } from '../../../src/domain/time.js';
import { expectEqual, expectMatch, type Expectation } from '../expectations.js';
import {
  LEDGER_COMPACTION,
  LEDGER_LOG,
  LEDGER_RESTORE,
  ORDERS_COMPACTION,
  ORDERS_RESTORE,
  OTHER_LOG,
} from './replication-manifests.js';
import type { RestoreFacts } from './restore-facts.js';

/** What scene `replication` must have led to, against what the API server and Temporal say. */
export function replicationExpectations({
  orders,
  ledger,
}: {
  orders: RestoreFacts;
  ledger: RestoreFacts;
}): Expectation[] {
  return [...ordersExpectations(orders), ...ledgerExpectations(ledger)];
}

function ordersExpectations(facts: RestoreFacts): Expectation[] {
  const subject = ORDERS_RESTORE;
  const { status } = facts.restore;
  const reasonOf = (type: string) => trueRestoreCondition(status, type)?.reason;
  return [
    expectEqual({
      subject,
      claim: 'is in phase Complete, step log-restore',
      expected: ['Complete', 'log-restore'],
      seen: [status.phase, status.replicationStep],
    }),
    expectEqual({
      subject,
      claim: 'has both markers',
      expected: ['JobComplete', 'AllShardsComplete'],
      seen: [reasonOf('SnapshotRestored'), reasonOf('CompactSettled')],
    }),
    expectEqual({
      subject,
      claim: 'ran one Job for each half, both complete',
      expected: ['complete', 'complete'],
      seen: [facts.snapshotJob, facts.logJob].map((job) => job && jobOutcome(job)),
    }),
    ...orderExpectations(facts),
    ...endExpectations(facts, {
      subject,
      eventReasons: [
        'CompactBackupNotFound',
        'CompactSettled',
        'LogRestoreStarted',
        'RestoreComplete',
        'SnapshotRestoreStarted',
      ],
      outcome: 'Complete',
    }),
  ];
}

/** Times of objects are whole seconds, so that two in one second count as in order. */
function orderExpectations({ restore, compactBackup, snapshotJob, logJob }: RestoreFacts): Expectation[] {
  const created = (job: Job | undefined) => parseTime(job?.metadata.creationTimestamp) ?? Number.NaN;
  const compactionMs = parseTime(compactBackup?.metadata.creationTimestamp) ?? Number.NaN;
  const settled = trueRestoreCondition(restore.status, 'CompactSettled');
  return [
    expectEqual({
      subject: ORDERS_COMPACTION,
      claim: 'came when the snapshot was already being restored',
      expected: true,
      seen: created(snapshotJob) <= compactionMs,
    }),
    expectEqual({
      subject: ORDERS_RESTORE,
      claim: 'began its log only when the compaction had ended',
      expected: true,
      seen: (parseTime(settled?.lastTransitionTime) ?? Number.NaN) <= created(logJob),
    }),
  ];
}

function ledgerExpectations(facts: RestoreFacts): Expectation[] {
  const subject = LEDGER_RESTORE;
  const { status } = facts.restore;
  const failed = trueRestoreCondition(status, 'Failed');
  return [
    expectEqual({
      subject,
      claim: 'is Failed with reason CompactBackupMismatch',
      expected: ['Failed', 'CompactBackupMismatch'],
      seen: [status.phase, failed?.reason],
    }),
    expectMatch({
      subject,
      claim: 'names the field and both values',
      pattern: new RegExp(`spec\\.s3\\.prefix is "${LEDGER_LOG}" .*"${OTHER_LOG}".*${LEDGER_COMPACTION}`),
      seen: failed?.message,
    }),
    expectEqual({
      subject,
      claim: 'ran no Job',
      expected: [],
      seen: [facts.snapshotJob, facts.logJob].flatMap((job) => job?.metadata.name ?? []),
    }),
    ...endExpectations(facts, { subject, eventReasons: ['GateClosed'], outcome: 'Failed' }),
  ];
}

function endExpectations(
  { eventReasons, runs }: RestoreFacts,
  expected: { subject: string; eventReasons: readonly string[]; outcome: string },
): Expectation[] {
  const { subject, outcome } = expected;
  return [
    expectEqual({
      subject,
      claim: `has the Events ${expected.eventReasons.join(', ')}`,
      expected: expected.eventReasons,
      seen: eventReasons,
    }),
    expectEqual({
      subject,
      claim: `had a workflow, which ended ${outcome}`,
      expected: [outcome],
      // A late nudge may have led to a run that found nothing to do.
      seen: [...new Set(runs.map((run) => run.outcome ?? run.status))],
    }),
  ];
}
