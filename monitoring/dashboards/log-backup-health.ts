import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { BACKUP_CHOICES } from './choices.js';
import { dashboardOf, type DashboardSettings } from './dashboard-frame.js';
import { ageOf, BY_BACKUP, OF_BACKUP, OF_CLUSTER, oneOf } from './expressions.js';
import { barsPanel, colorSteps, coursePanel, statesPanel, statPanel, type Meaning } from './panels.js';
import { alertsTable, eventsPanel, watchAgeStat, workflowLink } from './shared-panels.js';
import { tablePanel } from './table-panel.js';

const FAILED = `holdfast_backup_retry_failed{${OF_BACKUP}}`;
const STARTED = `holdfast_backup_incident_started_timestamp_seconds{${OF_BACKUP}}`;
const EVENTS = 'RetryStarted|RetrySucceeded|RetryBlocked|RetryExhausted|BackupFailed|BackupInvalid';

const ALERTS = 'feature=~"log-backup-retry|log-backup|watch"';

const STATES: readonly Meaning[] = [
  { value: 0, text: 'recovered', color: 'green' },
  { value: 1, text: 'retrying', color: 'orange' },
  { value: 2, text: 'failed', color: 'red' },
];

/** Which log backups need a person, and what happened to them. */
export function logBackupHealth(settings: DashboardSettings): Dashboard {
  return dashboardOf(
    {
      uid: 'holdfast-log-backup-health',
      title: 'Log Backup Health',
      description: 'Which log backups need a person, what happened to them, and what TiDB itself says.',
      tags: ['tidb', 'log-backup'],
      choices: BACKUP_CHOICES,
      alerts: ALERTS,
      rows: [
        { panels: [...summary(settings), failedBackups(), alertsTable({ width: 8, height: 9 }, ALERTS)] },
        { title: 'What happened', panels: [states(), events(), classes()] },
        { title: 'What TiDB says', panels: [checkpointAge(), taskStatus()] },
      ],
    },
    settings,
  );
}

function summary({ limits }: DashboardSettings) {
  const place = { width: 6, height: 4 };
  const count = { ...place, unit: 'short', decimals: 0 };
  return [
    statPanel({
      ...count,
      title: 'Backups watched',
      description: 'Backups that the watch knows, in all namespaces; the healthy ones too.',
      noValue: 'no worker watches',
      queries: [
        {
          expression: oneOf('cluster', `holdfast_watch_objects{${OF_CLUSTER}, resource="backups"}`),
          legend: '{{cluster}}',
        },
      ],
    }),
    statPanel({
      ...count,
      title: 'Open incidents',
      description: 'Backups that failed and are being retried.',
      noValue: 'none',
      colors: colorSteps([1, 'orange']),
      queries: [{ expression: `count(${oneOf(BY_BACKUP, STARTED)})`, legend: 'open' }],
    }),
    statPanel({
      ...count,
      title: 'Requiring attention',
      description: 'Backups whose incident ended badly: nothing retries them any more.',
      noValue: 'none',
      colors: colorSteps([1, 'red']),
      queries: [{ expression: `count(${oneOf(BY_BACKUP, FAILED)})`, legend: 'failed' }],
    }),
    watchAgeStat(place, limits.watch),
  ];
}

function failedBackups() {
  const since = `holdfast_backup_retry_failed_timestamp_seconds{${OF_BACKUP}}`;
  return tablePanel({
    title: 'Failed Backups Requiring Attention',
    description:
      'Backups whose incident ended badly, why, and since when. They stay until a run succeeds or a person opens the incident again.',
    width: 16,
    height: 9,
    labels: { cluster: 'Cluster', namespace: 'Namespace', backup: 'Backup', reason: 'Reason' },
    columns: [{ name: 'Failed for', expression: ageOf(`${BY_BACKUP}, reason`, since), unit: 'dtdurations' }],
    links: [workflowLink('Backup', 'Backup')],
    noValue: 'no Backup needs attention',
  });
}

function states() {
  const failed = `${oneOf(BY_BACKUP, FAILED)} * 2`;
  const current = oneOf(BY_BACKUP, `tidb_operator_log_backup_retry_current{${OF_BACKUP}}`);
  return statesPanel({
    title: 'State of each Backup',
    description: 'Backups that failed at least once: retried, recovered, or left failed.',
    width: 24,
    height: 7,
    meanings: STATES,
    queries: [{ expression: `${failed} or clamp_max(${current}, 1)`, legend: '{{namespace}}/{{backup}}' }],
  });
}

function events() {
  return eventsPanel(
    { width: 16, height: 8 },
    { title: 'Backup Events Timeline', object: 'backup', reasons: EVENTS },
  );
}

function classes() {
  return barsPanel({
    title: 'Retries by class of failure',
    description: 'Retries started in the time range of the dashboard, by the class of the failure before.',
    width: 8,
    height: 8,
    unit: 'short',
    noValue: 'no retry',
    queries: [
      {
        expression: `sort_desc(sum by (reason) (increase(tidb_operator_log_backup_retry_total{${OF_BACKUP}}[$__range])) > 0)`,
        legend: '{{reason}}',
      },
    ],
  });
}

function checkpointAge() {
  return coursePanel({
    title: 'Age of the checkpoint',
    description:
      "TiDB's own metric: how far the log backup is behind. Data newer than that is not in the backup yet. A checkpoint is a TSO: its upper bits are milliseconds.",
    width: 12,
    height: 8,
    unit: 's',
    queries: [
      {
        expression: 'time() - max by (tidb_cluster, task) (tidb_log_backup_last_checkpoint > 0) / 262144000',
        legend: '{{tidb_cluster}} {{task}}',
      },
    ],
  });
}

function taskStatus() {
  return statesPanel({
    title: 'Tasks as TiKV sees them',
    description: "TiKV's own metric of its log backup tasks: the worst of all stores.",
    width: 12,
    height: 8,
    meanings: [
      { value: 0, text: 'running', color: 'green' },
      { value: 1, text: 'paused', color: 'orange' },
      { value: 2, text: 'error', color: 'red' },
    ],
    queries: [
      {
        expression: 'max by (tidb_cluster, task) (tikv_log_backup_task_status)',
        legend: '{{tidb_cluster}} {{task}}',
      },
    ],
  });
}
