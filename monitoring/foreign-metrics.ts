/** A metric that rules or dashboards read and that is not ours. */
export interface ForeignMetric {
  /** As Prometheus stores it: of a histogram its `_bucket`. */
  readonly name: string;
  readonly source: string;
}

const TIDB = 'https://docs.pingcap.com/tidb/stable/br-monitoring-and-alert';

/**
 * The SDK's own, on our `/metrics`: its counters end in `_total`, its latencies are in seconds without saying so. The names
 * are those of a worker of @temporalio/worker 1.24.0.
 */
const TEMPORAL = 'https://docs.temporal.io/references/sdk-metrics';

export const FOREIGN_METRICS: readonly ForeignMetric[] = [
  { name: 'ALERTS', source: 'https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules' },
  { name: 'tidb_log_backup_last_checkpoint', source: TIDB },
  { name: 'tikv_log_backup_task_status', source: TIDB },
  { name: 'temporal_activity_execution_failed_total', source: TEMPORAL },
  { name: 'temporal_activity_schedule_to_start_latency_bucket', source: TEMPORAL },
  { name: 'temporal_num_pollers', source: TEMPORAL },
  { name: 'temporal_request_failure_total', source: TEMPORAL },
  { name: 'temporal_request_latency_bucket', source: TEMPORAL },
  { name: 'temporal_request_total', source: TEMPORAL },
  { name: 'temporal_sticky_cache_size', source: TEMPORAL },
  { name: 'temporal_worker_task_slots_available', source: TEMPORAL },
  { name: 'temporal_workflow_task_execution_failed_total', source: TEMPORAL },
  { name: 'temporal_workflow_task_schedule_to_start_latency_bucket', source: TEMPORAL },
];
