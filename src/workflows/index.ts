export { runReplicationRestore } from './run-replication-restore.js';
export { stressCluster } from './stress-cluster.js';
export { runRestoreDrill } from './run-restore-drill.js';
export { superviseBackup } from './supervise-backup.js';
export { watchCluster } from './watch-cluster.js';
export { watchDrillPlans } from './watch-drill-plans.js';
