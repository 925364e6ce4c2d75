import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import type { RuleValues } from '../values.js';
import { BACKUP_CHOICES } from './choices.js';
import { dashboardOf, type DashboardSettings } from './dashboard-frame.js';
import { ageOf, asDate, BY_BACKUP, OF_BACKUP, oneOf } from './expressions.js';
import { colorSteps, durationsPanel, statPanel } from './panels.js';
import { workflowLink } from './shared-panels.js';
import { tablePanel } from './table-panel.js';

const RETRY = 'tidb_operator_log_backup_retry';
const NAMED = '{{namespace}}/{{backup}}';

/** The overview of the monitoring guide for log backup retries, panel by panel, with expressions that can be true. */
export function logBackupRetry(settings: DashboardSettings): Dashboard {
  return dashboardOf(
    {
      uid: 'holdfast-log-backup-retry',
      title: 'TiDB Log Backup Retry',
      description:
        'Retries of log backups: how many, how well, how long. A Backup that never failed has no series.',
      tags: ['tidb', 'log-backup'],
      choices: BACKUP_CHOICES,
      alerts: 'component="tidb-operator", feature="log-backup-retry"',
      rows: [
        {
          panels: [
            retryRate(settings.limits.logBackup),
            successRate(settings.limits.logBackup),
            currentRetries(),
            retryDurations(),
            badEnds({ title: 'Exhausted (1h)', counter: 'exhausted_total', reason: 'RetryExhausted' }),
            badEnds({ title: 'Timeouts (1h)', counter: 'timeout_total', reason: 'RetryTimeout' }),
          ],
        },
      ],
    },
    settings,
  );
}

function retryRate({ highRetriesPerHour }: RuleValues['logBackup']) {
  return statPanel({
    title: 'Retry Rate',
    description:
      'Retries started in the last hour, per Backup; the eight with most. A schedule of retries is slow: per second it is always nearly zero.',
    width: 12,
    height: 5,
    unit: 'short',
    decimals: 0,
    noValue: 'no retry in the last hour',
    colors: colorSteps([highRetriesPerHour / 2, 'orange'], [highRetriesPerHour, 'red']),
    queries: [
      {
        expression: `topk(8, sum by (${BY_BACKUP}) (increase(${RETRY}_total{${OF_BACKUP}}[1h])) > 0)`,
        legend: NAMED,
      },
    ],
  });
}

function successRate({ lowSuccessShare }: RuleValues['logBackup']) {
  const ended = (matchers: string) => `sum(increase(${RETRY}_result_total{${matchers}}[$__range]))`;
  return statPanel({
    title: 'Success Rate',
    description:
      'Share of the retries that ended well, of those that ended in the time range of the dashboard. Running ones are not counted.',
    width: 12,
    height: 5,
    unit: 'percentunit',
    decimals: 0,
    noValue: 'no retry ended',
    colors: [
      { from: null, color: 'red' },
      { from: lowSuccessShare, color: 'orange' },
      { from: 0.9, color: 'green' },
    ],
    queries: [
      {
        expression: `${ended(`${OF_BACKUP}, result="success"`)} / (${ended(OF_BACKUP)} > 0)`,
        legend: 'Success Rate',
      },
    ],
  });
}

function currentRetries() {
  const incident = 'holdfast_backup_incident_started_timestamp_seconds';
  const next = 'holdfast_backup_retry_next_timestamp_seconds';
  return tablePanel({
    title: 'Current Retries by Backup',
    description:
      'Every Backup that failed at least once. The retry is the one that is pending or runs; 0 where no incident is open. A next retry in the past means that nobody retries.',
    width: 24,
    height: 8,
    labels: { cluster: 'Cluster', namespace: 'Namespace', backup: 'Backup' },
    columns: [
      {
        name: 'Retry',
        expression: oneOf(BY_BACKUP, `${RETRY}_current{${OF_BACKUP}}`),
        unit: 'short',
        colors: colorSteps([1, 'orange'], [4, 'red']),
      },
      { name: 'Next retry', expression: asDate(BY_BACKUP, `${next}{${OF_BACKUP}}`), unit: 'dateTimeFromNow' },
      { name: 'Failing for', expression: ageOf(BY_BACKUP, `${incident}{${OF_BACKUP}}`), unit: 'dtdurations' },
    ],
    links: [workflowLink('Backup', 'Backup')],
    noValue: 'no Backup ever failed',
  });
}

function retryDurations() {
  return durationsPanel({
    title: 'Retry Duration Distribution',
    description: 'From a failure to the outcome of its retry, its backoff included.',
    width: 24,
    height: 9,
    buckets: `sum by (le) (increase(${RETRY}_duration_seconds_bucket{${OF_BACKUP}}[$__rate_interval]))`,
  });
}

function badEnds({ title, counter, reason }: { title: string; counter: string; reason: string }) {
  return statPanel({
    title,
    description:
      'Incidents that ended so in the last hour, as counted, and Backups that stand so now, until somebody mends them. The second number outlives restarts of the workers; alerts use it.',
    width: 12,
    height: 5,
    unit: 'short',
    decimals: 0,
    noValue: 'none',
    colors: colorSteps([1, 'red']),
    queries: [
      { expression: `round(sum(increase(${RETRY}_${counter}{${OF_BACKUP}}[1h])))`, legend: 'last hour' },
      {
        expression: `sum(${oneOf(BY_BACKUP, `holdfast_backup_retry_failed{${OF_BACKUP}, reason="${reason}"}`)})`,
        legend: 'now',
      },
    ],
  });
}
