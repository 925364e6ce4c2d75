import { secondsOf } from '../prometheus-duration.js';
import type { RuleValues } from '../values.js';
import { ruleGroup, type RuleGroup } from './rule-group.js';

/** `tidb_cluster` is set by the scrape configuration of TiDB Operator's TidbMonitor. */
const byTask = 'by (cluster, tidb_cluster, task)';
const sameTask = 'on (cluster, tidb_cluster, task)';
const task =
  'Log backup task {{ $labels.task }}{{ with $labels.tidb_cluster }} of TiDB cluster {{ . }}{{ end }}';
const checkpoint = 'tidb_log_backup_last_checkpoint';
/** The high bits of a timestamp of TiDB are milliseconds: 2^18 * 1000 of its units are a second. */
const UNITS_PER_SECOND = 262_144_000;

/**
 * Log backups as TiDB and TiKV see them, for what no Job shows.
 * Source of metrics and states: https://docs.pingcap.com/tidb/stable/br-monitoring-and-alert
 */
export function tidbLogBackupRules(values: RuleValues): RuleGroup {
  const { lagAfter, pausedAfter } = values.tidb;
  // Only the TiDB server that owns the task moves the checkpoint on; 0 is one that has not begun.
  const age = `time() - (max ${byTask} (${checkpoint}) > 0) / ${UNITS_PER_SECOND}`;
  const status = (value: number) => `max ${byTask} (tikv_log_backup_task_status) == ${value}`;
  return ruleGroup({
    name: 'tidb-log-backup',
    component: 'tidb',
    feature: 'log-backup',
    values,
    alerts: [
      {
        name: 'TiDBLogBackupLagging',
        severity: 'critical',
        expr: `${age} > ${secondsOf(lagAfter)}\nunless ${sameTask} max ${byTask} (tikv_log_backup_task_status) > 0`,
        summary: 'Log backup lags behind',
        description: `${task} has saved nothing newer than {{ $value | humanizeDuration }}: a disaster would lose that now.`,
      },
      {
        name: 'TiDBLogBackupPaused',
        severity: 'warning',
        expr: `${age} > ${secondsOf(pausedAfter)}\nand ${sameTask} ${status(1)}`,
        summary: 'Log backup is paused for long',
        description: `${task} is paused; its newest checkpoint is {{ $value | humanizeDuration }} old.`,
      },
      {
        name: 'TiDBLogBackupError',
        severity: 'critical',
        expr: status(2),
        summary: 'Log backup is in error',
        description: `${task} stopped with an error and saves nothing until it is resumed.`,
      },
    ],
  });
}
