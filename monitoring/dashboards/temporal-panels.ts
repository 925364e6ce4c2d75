import { coursePanel } from './panels.js';

/** Whether Temporal answers, and whether the workers keep up. Their label `namespace` is Temporal's, not Kubernetes'. */
export function temporalPanels() {
  return [
    requests(),
    requestLatency(),
    failedTasks(),
    failedActivities(),
    startLatency(),
    freeSlots(),
    pollers(),
    cached(),
  ];
}

const PLACE = { width: 6, height: 8 };

function requests() {
  return coursePanel({
    ...PLACE,
    title: 'Failed requests to Temporal',
    description: 'By call and status. Long polls are not among them.',
    unit: 'reqps',
    queries: [
      {
        expression:
          'sum by (operation, status_code) (rate(temporal_request_failure_total[$__rate_interval]))',
        legend: '{{operation}} {{status_code}}',
      },
      { expression: 'sum(rate(temporal_request_total[$__rate_interval]))', legend: 'all requests' },
    ],
  });
}

function requestLatency() {
  return coursePanel({
    ...PLACE,
    title: 'Latency of requests (p95)',
    description: 'Of 100 calls to Temporal, 95 are faster.',
    unit: 's',
    queries: [{ expression: p95('operation', 'temporal_request_latency_bucket'), legend: '{{operation}}' }],
  });
}

function failedTasks() {
  return coursePanel({
    ...PLACE,
    title: 'Failed workflow tasks',
    description:
      'A workflow whose task fails stands still until the code or the environment is mended. There should be none.',
    unit: 'short',
    bars: true,
    queries: [
      {
        expression:
          'sum by (workflow_type, failure_reason) (increase(temporal_workflow_task_execution_failed_total[$__rate_interval]))',
        legend: '{{workflow_type}} {{failure_reason}}',
      },
    ],
  });
}

function failedActivities() {
  return coursePanel({
    ...PLACE,
    title: 'Failed attempts of activities',
    description: 'By activity. Most are repeated.',
    unit: 'short',
    bars: true,
    queries: [
      {
        expression:
          'sum by (activity_type) (increase(temporal_activity_execution_failed_total[$__rate_interval]))',
        legend: '{{activity_type}}',
      },
    ],
  });
}

function startLatency() {
  return coursePanel({
    ...PLACE,
    title: 'Waiting for a worker (p95)',
    description:
      'From a task being due to a worker taking it. It grows where there are too few workers, or too few slots.',
    unit: 's',
    queries: [
      {
        expression: p95('task_queue', 'temporal_workflow_task_schedule_to_start_latency_bucket'),
        legend: '{{task_queue}}: workflows',
      },
      {
        expression: p95('task_queue', 'temporal_activity_schedule_to_start_latency_bucket'),
        legend: '{{task_queue}}: activities',
      },
    ],
  });
}

function freeSlots() {
  return coursePanel({
    ...PLACE,
    title: 'Free slots',
    description: 'Tasks that the workers could take more, by task queue. At 0 tasks wait.',
    unit: 'short',
    queries: [
      {
        expression: 'sum by (task_queue, worker_type) (temporal_worker_task_slots_available)',
        legend: '{{task_queue}} {{worker_type}}',
      },
    ],
  });
}

function pollers() {
  return coursePanel({
    ...PLACE,
    title: 'Pollers',
    description: 'Open polls by task queue. Without one nobody takes the tasks of that queue.',
    unit: 'short',
    queries: [
      {
        expression: 'sum by (task_queue, poller_type) (temporal_num_pollers)',
        legend: '{{task_queue}} {{poller_type}}',
      },
    ],
  });
}

function cached() {
  return coursePanel({
    ...PLACE,
    title: 'Cached workflows',
    description:
      'Workflows that the workers hold in memory. What is not cached is replayed from its history.',
    unit: 'short',
    queries: [{ expression: 'sum by (task_queue) (temporal_sticky_cache_size)', legend: '{{task_queue}}' }],
  });
}

const p95 = (by: string, buckets: string) =>
  `histogram_quantile(0.95, sum by (${by}, le) (rate(${buckets}[$__rate_interval])))`;
