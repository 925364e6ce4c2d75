import type { SeenChange, WatchObserver } from '../activities/watch/dependencies.js';
import type { Backup } from '../domain/backup/backup.js';
import { restoreMetricStateOf } from '../domain/replication/restore-metric-state.js';
import type { Restore } from '../domain/replication/restore.js';
import { retryMetricChanges } from '../domain/retry/metric-change.js';
import { retryGaugesOf } from '../domain/retry/metric-gauges.js';
import { retryMetricStateOf } from '../domain/retry/metric-state.js';
import type { Logger } from '../observability/logger.js';
import type { WorkerMetrics } from '../observability/metrics.js';
import type { RestoreMetrics } from '../observability/restore-metrics.js';
import type { BackupLabels, RetryMetrics } from '../observability/retry-metrics.js';
import { retryObserver } from './retry-observer.js';

/** What a watch that begins now tells about itself, and the Backups and Restores that it sees, as metrics and log lines. */
export function beginWatchObserver(metrics: WorkerMetrics, logger: Logger): WatchObserver {
  const { retries, restores, end, ...metric } = metrics.beginWatch();
  const signs = new Map<string, Map<string, SignOfLife>>();
  return {
    alive: ({ resource, namespace = '', objects }) => {
      const own = signs.get(resource) ?? new Map<string, SignOfLife>();
      signs.set(resource, own.set(namespace, { objects, seconds: Date.now() / 1_000 }));
      const latest = [...own.values()];
      metric.objects.set(
        { resource },
        latest.reduce((sum, sign) => sum + sign.objects, 0),
      );
      // One namespace that is not heard of any more must not hide behind the others.
      metric.alive.set({ resource }, Math.min(...latest.map(({ seconds }) => seconds)));
    },
    failed: (step, failure) => {
      metrics.watchFailures.inc({ step: step.split(/[/ ]/)[0] ?? step });
      logger.warn(
        { step, reason: failure instanceof Error ? failure.message : String(failure) },
        'watch: trying again',
      );
    },
    calls: retryObserver(metrics, logger),
    backupChanged: (change) => measure(retries, { change, nowMs: Date.now() }),
    restoreChanged: (change) => showRestore(restores, change),
    compactionUnknown: (found) => {
      logger.warn(found, 'watch: a compaction is in a state that this version does not know: waiting on');
    },
    ended: end,
  };
}

/** Of the list and watch of one kind in one namespace. */
interface SignOfLife {
  readonly objects: number;
  readonly seconds: number;
}

function measure(
  retries: RetryMetrics,
  { change, nowMs }: { change: SeenChange<Backup>; nowMs: number },
): void {
  const { before, after } = change;
  const old = before && retryMetricStateOf(before);
  if (after === undefined) {
    if (before !== undefined) retries.forget(labelsOf(before));
    return;
  }
  const state = retryMetricStateOf(after);
  if (state === undefined) {
    if (old !== undefined) retries.forget(labelsOf(after));
    return;
  }
  const labels = labelsOf(after);
  retries.touch(labels, state.failureClass);
  // What was there at first sight is history: the watch before may have counted it.
  const changes = before === undefined ? [] : retryMetricChanges({ before: old, after: state, nowMs });
  for (const change of changes) retries.count(labels, change);
  retries.show(labels, retryGaugesOf(state));
}

function showRestore(restores: RestoreMetrics, { before, after }: SeenChange<Restore>): void {
  const state = after && restoreMetricStateOf(after);
  const seen = after ?? before;
  if (seen === undefined) return;
  const { namespace, name: restore } = seen.metadata;
  if (state === undefined) restores.forget({ namespace, restore });
  else restores.show({ namespace, restore }, state);
}

function labelsOf({ metadata: { namespace, name } }: Backup): BackupLabels {
  return { namespace, backup: name };
}
