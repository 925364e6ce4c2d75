import { RESTORE_EVENT_REASONS } from '../domain/replication/restore-events.js';
import { BACKUP_EVENT_REASONS } from '../domain/retry/events.js';
import { API_FAILURE_CAUSES } from '../kubernetes/api-failure.js';
import type { WorkerMetrics } from '../observability/metrics.js';

/** Creates the counters whose labels are closed lists, so that each of their first increments is seen as one. */
export function countersAtZero({ api, events }: WorkerMetrics): void {
  for (const cause of API_FAILURE_CAUSES) api.touch(cause);
  for (const reason of BACKUP_EVENT_REASONS) events.touch({ reason, object: 'backup' });
  for (const reason of RESTORE_EVENT_REASONS) events.touch({ reason, object: 'restore' });
}
