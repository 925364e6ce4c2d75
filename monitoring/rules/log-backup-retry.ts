import { secondsOf } from '../prometheus-duration.js';
import type { RuleValues } from '../values.js';
import { inCluster, ruleGroup, type Alert, type RuleGroup } from './rule-group.js';

const byBackup = 'by (cluster, namespace, backup)';
const backup = `Log backup {{ $labels.namespace }}/{{ $labels.backup }}${inCluster}`;

/**
 * Retries of log backups: six alerts by the names of TiDB Operator's monitoring guide, and one for what is not retried.
 * A mended Backup ends them, and a deleted one: its series vanish.
 */
export function logBackupRetryRules(values: RuleValues): RuleGroup {
  return ruleGroup({
    name: 'tidb-log-backup-retry',
    component: 'tidb-operator',
    feature: 'log-backup-retry',
    values,
    alerts: [...badEnds(), ...frequency(values.logBackup), ...openIncidents(values.logBackup)],
  });
}

/** State of the Backup, not increase of a counter: it holds until somebody mends it, and a counter born at 1 has none. */
function badEnds(): Alert[] {
  const ended = (reason: string) => `max ${byBackup} (holdfast_backup_retry_failed{reason="${reason}"}) == 1`;
  return [
    {
      name: 'LogBackupRetriesExhausted',
      severity: 'critical',
      expr: ended('RetryExhausted'),
      summary: 'Log backup retries exhausted',
      description: `${backup} failed again after its last retry and stands still until somebody acts.`,
    },
    {
      name: 'LogBackupRetryTimeout',
      severity: 'critical',
      expr: ended('RetryTimeout'),
      summary: 'Log backup retry timeout',
      description: `${backup} is not retried any more: its retry timeout passed. It stands still until somebody acts.`,
    },
    {
      name: 'LogBackupFailed',
      severity: 'critical',
      expr: 'max by (cluster, namespace, backup, reason) (holdfast_backup_retry_failed{reason=~"PermanentFailure|JobFailed"}) == 1',
      summary: 'Log backup failed and is not retried',
      description: `${backup} failed ({{ $labels.reason }}); a retry would not help, or is not enabled. It stands still until somebody acts.`,
    },
  ];
}

function frequency(limits: RuleValues['logBackup']): Alert[] {
  const { highRetriesPerHour, lowSuccessShare, lowSuccessFromRetries } = limits;
  const retries = `sum ${byBackup} (increase(tidb_operator_log_backup_retry_total[1h]))`;
  const ended = `sum ${byBackup} (increase(tidb_operator_log_backup_retry_result_total[1h]))`;
  // A deleted Backup has no gauge any more, while its counters stay in the window.
  const exists = 'and on (cluster, namespace, backup) tidb_operator_log_backup_retry_current';
  const good = `sum ${byBackup} (increase(tidb_operator_log_backup_retry_result_total{result="success"}[1h]))`;
  return [
    {
      name: 'LogBackupHighRetryRate',
      severity: 'warning',
      expr: `${retries} > ${highRetriesPerHour}\n${exists}`,
      summary: 'High log backup retry rate',
      description: `${backup} was retried {{ $value | humanize }} times within an hour (limit ${highRetriesPerHour}).`,
    },
    {
      name: 'LogBackupLowRetrySuccessRate',
      severity: 'warning',
      // The right side drops Backups with too few retries to speak of a share, and with them 0/0.
      expr: `${good} / (${ended} >= ${lowSuccessFromRetries}) < ${lowSuccessShare}\n${exists}`,
      for: '5m',
      summary: 'Low log backup retry success rate',
      description: `Only {{ $value | humanizePercentage }} of the retries of the last hour helped. ${backup}.`,
    },
  ];
}

function openIncidents({ persistentAfter, noProgressAfter }: RuleValues['logBackup']): Alert[] {
  const since = (metric: string) => `time() - max ${byBackup} (${metric})`;
  return [
    {
      name: 'LogBackupPersistentRetryFailure',
      severity: 'warning',
      expr: `${since('holdfast_backup_incident_started_timestamp_seconds')} > ${secondsOf(persistentAfter)}`,
      summary: 'Log backup keeps failing',
      description: `${backup} first failed {{ $value | humanizeDuration }} ago, and no retry has helped yet.`,
    },
    {
      name: 'LogBackupNoRetryProgress',
      severity: 'warning',
      // Against the time at which the retry is due: a backoff may be longer than any fixed window.
      expr: `${since('holdfast_backup_retry_next_timestamp_seconds')} > ${secondsOf(noProgressAfter)}`,
      summary: 'Log backup retry stalled',
      description: `The retry of ${backup.replace('Log', 'log')} is overdue by {{ $value | humanizeDuration }}. Holdfast may be stuck.`,
    },
  ];
}
