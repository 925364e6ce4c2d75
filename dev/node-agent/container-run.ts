import type { ContainerProcess, ProcessEnd } from './container-process.js';
import { startContainer, type ContainerRun } from './container-start.js';
import { meaningOf } from './images.js';
import { pause } from './pause.js';
import { placeBr } from './place-br.js';
import type { ContainerSlot } from './pod-report.js';
import { podName, type Container } from './pod.js';
import { kubeTime, type Terminated } from './pod-status.js';

const PULL_BACK_OFF_AFTER_MS = 1_000;
/** A kubelet's: the first restart is immediate, then 10 s, doubled up to 5 min. */
const FIRST_RESTART_DELAY_MS = 10_000;
const MAX_RESTART_DELAY_MS = 300_000;

/** Runs one container, with restarts where the pod wants them. True when it ended with exit code 0. */
export async function runContainer(
  run: ContainerRun,
  container: Container,
  slot: ContainerSlot,
): Promise<boolean> {
  const meaning = meaningOf(container.image, run.host.images);
  if (meaning === undefined) return await cannotPull(run, container, slot);
  if (meaning.kind === 'br') return await runBrCopy(run, container, slot);
  for (let restartCount = 0; ; restartCount += 1) {
    const process = await startContainer(run, {
      container,
      slot,
      entrypoint: meaning.entrypoint,
      restartCount,
    });
    if (process === undefined) return false;
    const startedAt = kubeTime(new Date());
    run.report.update(slot, { state: { running: { startedAt } }, restartCount });
    run.report.publish();
    const stopOomTimer = slot.list === 'main' && slot.index === 0 ? armOomKill(run, process) : undefined;
    const end = await process.ended;
    clearTimeout(stopOomTimer);
    run.processes.delete(container.name);
    run.host.say({ msg: 'container ended', pod: podName(run.pod), container: container.name, ...end });
    const terminated = terminatedAs(end, startedAt);
    run.report.update(slot, { state: { terminated } });
    if (!restarts(run, slot, end)) return end.exitCode === 0;
    run.report.publish();
    await backOff(run, { slot, terminated, restartCount });
  }
}

export function terminatedAs(end: ProcessEnd, startedAt: string): Terminated {
  return { ...end, startedAt, finishedAt: kubeTime(new Date()) };
}

function restarts({ pod, stopping }: ContainerRun, slot: ContainerSlot, { exitCode }: ProcessEnd): boolean {
  if (stopping.aborted || pod.spec.restartPolicy === 'Never') return false;
  return exitCode !== 0 || (pod.spec.restartPolicy === 'Always' && slot.list === 'main');
}

interface Restart {
  slot: ContainerSlot;
  terminated: Terminated;
  restartCount: number;
}

async function backOff(
  { report, stopping }: ContainerRun,
  { slot, terminated, restartCount }: Restart,
): Promise<void> {
  report.update(slot, { lastState: { terminated } });
  if (restartCount === 0) return;
  const delayMs = Math.min(FIRST_RESTART_DELAY_MS * 2 ** (restartCount - 1), MAX_RESTART_DELAY_MS);
  const message = `back-off ${delayMs / 1000}s restarting failed container`;
  const state = { waiting: { reason: 'CrashLoopBackOff', message } };
  report.update(slot, { state });
  report.publish();
  await pause(delayMs, stopping);
}

/** An image that is not in the table: what a kubelet says of one that no registry has. Ends with the pod. */
async function cannotPull(
  { host, pod, report, stopping }: ContainerRun,
  container: Container,
  slot: ContainerSlot,
) {
  const message = `image "${container.image}" is not among those that the development node agent can run`;
  host.say({ msg: 'image cannot be pulled', pod: podName(pod), image: container.image });
  report.update(slot, { state: { waiting: { reason: 'ErrImagePull', message } } });
  report.publish();
  await pause(PULL_BACK_OFF_AFTER_MS, stopping);
  report.update(slot, {
    state: { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling: ${message}` } },
  });
  report.publish();
  if (!stopping.aborted)
    await new Promise((resolve) => stopping.addEventListener('abort', resolve, { once: true }));
  return false;
}

/** Nothing is sent before the pod's next change: this init container ends in a millisecond. */
async function runBrCopy(
  { host, pod, ground, report }: ContainerRun,
  container: Container,
  slot: ContainerSlot,
) {
  const startedAt = kubeTime(new Date());
  const end = await placeBr(ground.folder, container);
  report.update(slot, { state: { terminated: terminatedAs(end, startedAt) } });
  const { image } = container;
  host.say({
    msg: 'container ended',
    pod: podName(pod),
    container: container.name,
    kind: 'br stand-in placed',
    image,
    ...end,
  });
  return end.exitCode === 0;
}

function armOomKill({ script }: ContainerRun, process: ContainerProcess): NodeJS.Timeout | undefined {
  const { oomKillAfterMs } = script;
  return oomKillAfterMs === undefined ? undefined : setTimeout(() => process.oomKill(), oomKillAfterMs);
}
