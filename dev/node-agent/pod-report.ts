import type { PodHost } from './pod-host.js';
import { failureText } from './pod-host.js';
import { podName, type Pod } from './pod.js';
import { freshProgress, kubeTime, phaseOf, podStatus } from './pod-status.js';
import type { ContainerProgress, PodProgress } from './pod-status.js';
import { createStatusWriter } from './status-writer.js';

/** Which container of a pod: its list and its place there. */
export interface ContainerSlot {
  list: 'init' | 'main';
  index: number;
}

/** What the agent knows of one pod, and the way of that knowledge into the API. */
export interface PodReport {
  progressOf(slot: ContainerSlot): ContainerProgress;
  update(slot: ContainerSlot, change: Partial<ContainerProgress>): void;
  /** Says in the status why the whole pod failed. */
  blame(reason: string, message: string): void;
  /** Sends what is known now. */
  publish(): void;
  /** Sends it as the end of the pod; resolves when it is stored. A pod that did not finish has failed. */
  publishEnd(): Promise<void>;
  /** The pod is gone: nothing more is sent. */
  close(): void;
}

export function createPodReport(host: PodHost, pod: Pod): PodReport {
  const onTrouble = (failure: unknown) =>
    host.say({ msg: 'cannot write pod status', pod: podName(pod), error: failureText(failure) });
  const writer = createStatusWriter({ client: host.client, pod, online: host.online, onTrouble });
  let progress: PodProgress = freshProgress(pod, kubeTime(new Date()));
  const send = (phase: string) => writer.write(podStatus(progress, pod, phase));
  return {
    progressOf: (slot) => progressAt(progress, slot),
    update: ({ list, index }, change) => {
      const containers = progress[list].map((known, at) => (at === index ? { ...known, ...change } : known));
      progress = { ...progress, [list]: containers };
    },
    blame: (reason, message) => {
      progress = { ...progress, reason, message };
    },
    publish: () => send(phaseOf(progress, pod.spec.restartPolicy)),
    publishEnd: async () => {
      // Restarts are over: what did not end well has failed, whatever the restart policy says.
      const phase = phaseOf(progress, 'Never');
      send(phase === 'Succeeded' ? phase : 'Failed');
      await writer.settled();
    },
    close: () => writer.close(),
  };
}

function progressAt(progress: PodProgress, { list, index }: ContainerSlot): ContainerProgress {
  const found = progress[list][index];
  if (found === undefined) throw new Error(`no ${list} container ${index}`);
  return found;
}
