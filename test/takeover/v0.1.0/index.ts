export { superviseBackup } from './supervise-backup.js';
export { watchCluster } from './watch-cluster.js';
