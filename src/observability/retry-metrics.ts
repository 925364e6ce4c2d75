import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { RetryMetricChange } from '../domain/retry/metric-change.js';
import type { RetryGauges } from '../domain/retry/metric-gauges.js';

/** Identity of a Backup, as labels. */
export interface BackupLabels {
  readonly namespace: string;
  readonly backup: string;
}

/** The series of the retries of Backups. A Backup has some from its first failure until it is forgotten. */
export interface RetryMetrics {
  /** Creates the counters at 0 where they are missing, so that their first increment is seen as one. */
  touch(labels: BackupLabels, failureClass: string): void;
  count(labels: BackupLabels, change: RetryMetricChange): void;
  show(labels: BackupLabels, gauges: RetryGauges): void;
  /** Removes every series of the Backup. */
  forget(labels: BackupLabels): void;
}

const PREFIX = 'tidb_operator_log_backup_retry';
/** From a first backoff of 30 s to a time-out of some hours. */
const DURATION_BUCKETS_SECONDS = [30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400];

/** Names and labels of the first six are those of TiDB Operator's monitoring guide for log backup retries. */
export function createRetryMetrics(registry: Registry): RetryMetrics {
  const counters = createCounters(registry);
  const gauges = createGauges(registry);
  const known = new Map<string, { labels: BackupLabels; classes: Set<string> }>();
  const touch = (labels: BackupLabels, failureClass: string): void => {
    const key = `${labels.namespace}/${labels.backup}`;
    const { classes } = known.get(key) ?? createAtZero(counters, labels);
    known.set(key, { labels, classes: classes.add(failureClass) });
    counters.retries.inc({ ...labels, reason: failureClass }, 0);
  };
  return {
    touch,
    count: (labels, change) => {
      if (change.kind === 'RetryStarted') touch(labels, change.failureClass);
      countChange(counters, { labels, change });
    },
    show: (labels, values) => showGauges(gauges, { labels, values }),
    forget: (labels) => {
      const key = `${labels.namespace}/${labels.backup}`;
      for (const reason of known.get(key)?.classes ?? []) counters.retries.remove({ ...labels, reason });
      for (const result of RESULTS) counters.results.remove({ ...labels, result });
      showBadEnd(gauges, { labels, values: { failed: undefined, failedSeconds: undefined } });
      for (const metric of [counters.exhausted, counters.timeouts, counters.duration])
        metric.remove({ ...labels });
      for (const metric of [gauges.current, gauges.next, gauges.started, gauges.exhausted])
        metric.remove({ ...labels });
      known.delete(key);
    },
  };
}

const RESULTS = ['success', 'failure'] as const;
const BAD_ENDS = ['RetryExhausted', 'RetryTimeout', 'PermanentFailure', 'JobFailed', 'RetryStopped'] as const;

type Counters = ReturnType<typeof createCounters>;
type Gauges = ReturnType<typeof createGauges>;

const OF_BACKUP = ['namespace', 'backup'] as const;

function createCounters(registry: Registry) {
  const registers = [registry];
  return {
    retries: new Counter({
      name: `${PREFIX}_total`,
      help: 'Retries started, by the class of the failure before; unknown where the incident does not say it.',
      labelNames: [...OF_BACKUP, 'reason'],
      registers,
    }),
    results: new Counter({
      name: `${PREFIX}_result_total`,
      help: 'Retries that ended, by their result: success or failure.',
      labelNames: [...OF_BACKUP, 'result'],
      registers,
    }),
    duration: new Histogram({
      name: `${PREFIX}_duration_seconds`,
      help: 'From a failure to the outcome of its retry, its backoff included.',
      labelNames: OF_BACKUP,
      buckets: DURATION_BUCKETS_SECONDS,
      registers,
    }),
    exhausted: new Counter({
      name: `${PREFIX}_exhausted_total`,
      help: 'Incidents that used every retry.',
      labelNames: OF_BACKUP,
      registers,
    }),
    timeouts: new Counter({
      name: `${PREFIX}_timeout_total`,
      help: 'Incidents whose next retry would have come after the time-out.',
      labelNames: OF_BACKUP,
      registers,
    }),
  };
}

function createGauges(registry: Registry) {
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: OF_BACKUP, registers: [registry] });
  return {
    current: gauge(
      `${PREFIX}_current`,
      'Number of the retry that is pending or running; 0 without an open incident.',
    ),
    next: gauge(
      'holdfast_backup_retry_next_timestamp_seconds',
      'When the pending retry is due; only while one is pending.',
    ),
    started: gauge(
      'holdfast_backup_incident_started_timestamp_seconds',
      'First failure of the open incident; only while one is open.',
    ),
    exhausted: gauge(
      'holdfast_backup_retry_exhausted',
      '1 after the budget (count or time) was used up, until a run succeeds or a person opens the incident again; else 0.',
    ),
    failedAt: new Gauge({
      name: 'holdfast_backup_retry_failed_timestamp_seconds',
      help: 'When the incident ended badly; only until that is mended.',
      labelNames: [...OF_BACKUP, 'reason'],
      registers: [registry],
    }),
    failed: new Gauge({
      name: 'holdfast_backup_retry_failed',
      help: '1 after an incident ended badly, by the reason of its end; only until that is mended.',
      labelNames: [...OF_BACKUP, 'reason'],
      registers: [registry],
    }),
  };
}

function createAtZero({ results, duration, exhausted, timeouts }: Counters, labels: BackupLabels) {
  for (const result of RESULTS) results.inc({ ...labels, result }, 0);
  duration.zero({ ...labels });
  exhausted.inc({ ...labels }, 0);
  timeouts.inc({ ...labels }, 0);
  return { labels, classes: new Set<string>() };
}

function countChange(
  counters: Counters,
  { labels, change }: { labels: BackupLabels; change: RetryMetricChange },
): void {
  switch (change.kind) {
    case 'RetryStarted':
      return counters.retries.inc({ ...labels, reason: change.failureClass });
    case 'RetryEnded':
      counters.results.inc({ ...labels, result: change.result });
      if (change.durationMs !== undefined)
        counters.duration.observe({ ...labels }, change.durationMs / 1_000);
      return;
    case 'Exhausted':
      return counters.exhausted.inc({ ...labels });
    case 'TimedOut':
      return counters.timeouts.inc({ ...labels });
  }
}

function showGauges(gauges: Gauges, { labels, values }: { labels: BackupLabels; values: RetryGauges }): void {
  gauges.current.set({ ...labels }, values.current);
  gauges.exhausted.set({ ...labels }, values.exhausted);
  showOrRemove(gauges.next, { labels, value: values.nextSeconds });
  showOrRemove(gauges.started, { labels, value: values.startedSeconds });
  showBadEnd(gauges, { labels, values });
}

function showBadEnd(
  gauges: Gauges,
  { labels, values }: { labels: BackupLabels; values: Pick<RetryGauges, 'failed' | 'failedSeconds'> },
): void {
  for (const reason of BAD_ENDS) {
    gauges.failed.remove({ ...labels, reason });
    gauges.failedAt.remove({ ...labels, reason });
  }
  const { failed: reason, failedSeconds } = values;
  if (reason === undefined) return;
  gauges.failed.set({ ...labels, reason }, 1);
  if (failedSeconds !== undefined) gauges.failedAt.set({ ...labels, reason }, failedSeconds);
}

function showOrRemove(
  gauge: Gauge<'namespace' | 'backup'>,
  { labels, value }: { labels: BackupLabels; value: number | undefined },
): void {
  if (value === undefined) gauge.remove({ ...labels });
  else gauge.set({ ...labels }, value);
}
