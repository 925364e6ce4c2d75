import { logJobName } from '../../../src/domain/backup/log-job-name.js';
import { showHeading } from '../screen.js';
import type { BackupFacts } from './backup-facts.js';
import { NAMESPACE } from './prerequisites.js';
import { LEDGER, ORDERS } from './retry-manifests.js';
import type { Stage } from './scene.js';
import { showHoldfast, showKubectl, showLastPod } from './shown-facts.js';

/** The facts of the timeline once more, as `kubectl` and `holdfast` show them. */
export async function showRetryFacts(stage: Stage, { orders }: { orders: BackupFacts }): Promise<void> {
  showHeading(stage.screen, 'The same facts as kubectl and holdfast show them');
  await showKubectl(stage, { args: ['get', 'backups'] });
  const records = 'jsonpath-as-json={.status.backoffRetryStatus[*]}';
  await showKubectl(stage, { args: ['get', 'backup', ORDERS, '-o', records] });
  for (const name of [ORDERS, LEDGER]) {
    await showKubectl(stage, { args: ['describe', 'backup', name], only: 'events' });
  }
  const jobName = logJobName(ORDERS, 'log-start');
  await showLastPod(stage, { job: orders.job, jobName, container: 'backup' });
  await showHoldfast(stage, ['backup', 'describe', `${NAMESPACE}/${ORDERS}`]);
}
