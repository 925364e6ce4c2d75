import { OF_CLUSTER } from './expressions.js';
import type { Choice } from './dashboard-frame.js';

const clusterOf = (series: string): Choice => ({ name: 'cluster', label: 'Cluster', series });
const namespaceOf = (series: string): Choice => ({ name: 'namespace', label: 'Namespace', series });

/** The watch tells its cluster as soon as it begins, also where nothing ever failed. */
const WATCHED = 'holdfast_watch_objects';

const RETRIED = `tidb_operator_log_backup_retry_current{${OF_CLUSTER}`;
/** Only Backups that failed at least once have series, so only they can be chosen. */
export const BACKUP_CHOICES: readonly Choice[] = [
  clusterOf(WATCHED),
  namespaceOf(`${RETRIED}}`),
  { name: 'backup', label: 'Backup', series: `${RETRIED}, namespace=~"$namespace"}` },
];

const RESTORED = `holdfast_restore_phase{${OF_CLUSTER}`;
/** Restores that ended well have no series. */
export const RESTORE_CHOICES: readonly Choice[] = [
  clusterOf(WATCHED),
  namespaceOf(`${RESTORED}}`),
  { name: 'restore', label: 'Restore', series: `${RESTORED}, namespace=~"$namespace"}` },
];

const PLANNED = 'holdfast_drill_plan_created_timestamp_seconds';
export const PLAN_CHOICES: readonly Choice[] = [
  clusterOf(PLANNED),
  { name: 'plan', label: 'Plan', series: `${PLANNED}{${OF_CLUSTER}}` },
];

export const CLUSTER_CHOICES: readonly Choice[] = [clusterOf(WATCHED)];
