import { execa } from 'execa';
import { logJobName } from '../../../src/domain/backup/log-job-name.js';
import { podsOfJob } from '../../../src/kubernetes/jobs.js';
import { kubectl } from '../../stack/kubectl.js';
import { holdfastCommand } from '../demo-worker.js';
import { showHeading } from '../screen.js';
import { eventsPart, showCommand } from '../shown-command.js';
import type { BackupFacts } from './backup-facts.js';
import { LEDGER, NAMESPACE, ORDERS } from './retry-manifests.js';
import type { Stage } from './scene.js';

/** The facts of the timeline once more, as `kubectl` and `holdfast` show them. */
export async function showRetryFacts(stage: Stage, { orders }: { orders: BackupFacts }): Promise<void> {
  showHeading(stage.screen, 'The same facts as kubectl and holdfast show them');
  await showKubectl(stage, { args: ['get', 'backups'] });
  const records = 'jsonpath-as-json={.status.backoffRetryStatus[*]}';
  await showKubectl(stage, { args: ['get', 'backup', ORDERS, '-o', records] });
  for (const name of [ORDERS, LEDGER]) {
    await showKubectl(stage, { args: ['describe', 'backup', name], only: 'events' });
  }
  await showLastPod(stage, orders);
  await showDescribe(stage);
}

async function showKubectl(
  { stack, screen }: Stage,
  { args, only }: { args: readonly string[]; only?: 'events' },
): Promise<void> {
  const output = await kubectl(stack.controlPlane.adminKubeconfig, ['-n', NAMESPACE, ...args]);
  const words = args.map((word) => (/[{*]/.test(word) ? `'${word}'` : word)).join(' ');
  showCommand(screen, {
    command: `kubectl ${words}${only === 'events' ? " | sed -n '/^Events:/,$p'" : ''}`,
    output: only === 'events' ? eventsPart(output) : output,
  });
}

async function showLastPod(stage: Stage, { job }: BackupFacts): Promise<void> {
  const pod = job && (await podsOfJob(stage.api, job))[0];
  if (pod === undefined) {
    stage.screen.line(`\nJob ${logJobName(ORDERS, 'log-start')} has no pod: no log to show`);
    return;
  }
  await showKubectl(stage, { args: ['logs', pod.metadata.name, '-c', 'backup', '--tail=6'] });
}

async function showDescribe({ stack, screen }: Stage): Promise<void> {
  const words = ['backup', 'describe', `${NAMESPACE}/${ORDERS}`];
  const [command, args] = holdfastCommand(words);
  const { all } = await execa(command, args, { env: stack.env, all: true });
  showCommand(screen, { command: `npx holdfast ${words.join(' ')}`, output: all });
}
