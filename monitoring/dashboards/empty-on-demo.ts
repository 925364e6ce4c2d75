/** A part of expressions that find nothing where all is well, or where a part of the world is missing. */
interface EmptyOnDemo {
  /** Occurs in every such expression, and in no other. */
  readonly part: string;
  readonly reason: string;
}

/**
 * What may return no data on the Prometheus of a demo run. Most of our gauges exist only as long as there is something to
 * tell: that is what makes them vanish with their object.
 */
export const EMPTY_ON_DEMO: readonly EmptyOnDemo[] = [
  { part: 'ALERTS{', reason: 'only while an alert of these features fires' },
  { part: 'tidb_log_backup_', reason: "TiDB's own metric; no TiDB runs in the local stack" },
  { part: 'tikv_log_backup_', reason: "TiKV's own metric; no TiKV runs in the local stack" },
  { part: 'reason="RetryTimeout"', reason: 'only while a Backup stands with its time-out used up' },
  { part: 'holdfast_backup_retry_next_', reason: 'only while a retry is pending' },
  { part: 'holdfast_backup_incident_started_', reason: 'only while an incident is open' },
  { part: 'phase!~"', reason: 'only while a restore is going on' },
  { part: 'holdfast_restore_waiting_', reason: 'only while a restore waits for somebody' },
  { part: 'holdfast_restore_failed', reason: 'only while a failed Restore exists' },
  { part: 'verdict="pass"}) == 1', reason: 'only while the newest drill of a plan passed' },
  { part: 'verdict="inconclusive"}) == 1', reason: 'only while the newest drill of a plan is inconclusive' },
  { part: 'verdict="fail"}) == 1', reason: 'only while the newest drill of a plan failed' },
  { part: 'unless max by (cluster, plan)', reason: 'only while no drill of a plan has passed' },
  { part: 'holdfast_drill_running_', reason: 'only while a drill runs' },
  { part: 'holdfast_drill_rto_', reason: 'only where the plan has this target, or a drill measured it' },
  { part: 'holdfast_drill_rpo_', reason: 'only where the plan has this target, or a drill measured it' },
  { part: 'holdfast_drill_backup_size_median_', reason: 'only from three backups that passed on' },
  { part: 'holdfast_drill_backup_duration_', reason: 'only where the backup says when it began and ended' },
  { part: 'holdfast_schedule_next_', reason: 'only where a Schedule has a next run and is not paused' },
  { part: 'holdfast_watch_failures_', reason: 'only after a step of the watch failed' },
  { part: 'sum by (verb, resource)', reason: 'only after a call to the API server met trouble' },
  { part: 'temporal_request_failure_', reason: 'only after a request to Temporal failed' },
  { part: 'temporal_workflow_task_execution_failed_', reason: 'only after a workflow task failed' },
  { part: 'temporal_activity_execution_failed_', reason: 'only after an attempt of an activity failed' },
];

/** Why this expression may return no data on a demo run; `undefined`: it has to return some. */
export function reasonToBeEmpty(expression: string): string | undefined {
  return EMPTY_ON_DEMO.find(({ part }) => expression.includes(part))?.reason;
}
