import { restoreJobName } from '../../../src/domain/replication/restore-job-name.js';
import { showHeading } from '../screen.js';
import { NAMESPACE } from './prerequisites.js';
import { LEDGER_RESTORE, ORDERS_RESTORE } from './replication-manifests.js';
import type { RestoreFacts } from './restore-facts.js';
import type { Stage } from './scene.js';
import { showHoldfast, showKubectl, showLastPod } from './shown-facts.js';

/** The facts of the timeline once more, as `kubectl` and `holdfast` show them. */
export async function showReplicationFacts(
  stage: Stage,
  { orders }: { orders: RestoreFacts },
): Promise<void> {
  showHeading(stage.screen, 'The same facts as kubectl and holdfast show them');
  await showKubectl(stage, { args: ['get', 'restores'] });
  await showKubectl(stage, { args: ['get', 'compactbackups'] });
  const conditions = 'jsonpath-as-json={.status.conditions[*]}';
  for (const name of [ORDERS_RESTORE, LEDGER_RESTORE]) {
    await showKubectl(stage, { args: ['get', 'restore', name, '-o', conditions] });
    await showKubectl(stage, { args: ['describe', 'restore', name], only: 'events' });
  }
  const jobName = restoreJobName(ORDERS_RESTORE, 'log-restore');
  await showLastPod(stage, { job: orders.logJob, jobName, container: 'restore' });
  await showHoldfast(stage, ['restore', 'list']);
  await showHoldfast(stage, ['restore', 'describe', `${NAMESPACE}/${ORDERS_RESTORE}`]);
}
