import { execa } from 'execa';
import type { Job } from '../../../src/domain/kubernetes/job.js';
import { podsOfJob } from '../../../src/kubernetes/jobs.js';
import { kubectl } from '../../stack/kubectl.js';
import { holdfastCommand } from '../demo-worker.js';
import { eventsPart, showCommand } from '../shown-command.js';
import { NAMESPACE } from './prerequisites.js';
import type { Stage } from './scene.js';

/** Runs kubectl and shows what a person would have typed, and what it says; `only: 'events'` shows no more of it. */
export async function showKubectl(
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

/** The end of the log of the newest pod of a Job. */
export async function showLastPod(
  stage: Stage,
  { job, jobName, container }: { job: Job | undefined; jobName: string; container: string },
): Promise<void> {
  const pod = job && (await podsOfJob(stage.api, job))[0];
  if (pod === undefined) {
    stage.screen.line(`\nJob ${jobName} has no pod: no log to show`);
    return;
  }
  await showKubectl(stage, { args: ['logs', pod.metadata.name, '-c', container, '--tail=6'] });
}

/** Runs this checkout's `holdfast`; an exit code other than 0 is shown as any output is. */
export async function showHoldfast({ stack, screen }: Stage, words: readonly string[]): Promise<void> {
  const [command, args] = holdfastCommand(words);
  const { all } = await execa(command, args, { env: stack.env, all: true, reject: false });
  showCommand(screen, { command: `npx holdfast ${words.join(' ')}`, output: all });
}
