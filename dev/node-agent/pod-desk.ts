import type { Faults } from './faults.js';
import type { FindLog } from './log-server.js';
import { bindPod, removePod } from './pod-api.js';
import { failureText, type PodHost, type PodRun } from './pod-host.js';
import { createPodReport } from './pod-report.js';
import { scriptEntryFor } from './pod-script.js';
import { kubeTime } from './pod-status.js';
import { hasEnded, podName, type Pod } from './pod.js';
import { runProcessPod } from './process-pod.js';
import { runScriptedPod } from './scripted-pod.js';

const DEFAULT_GRACE_SECONDS = 30;

export interface PodDeskOptions {
  host: PodHost;
  faults: Faults;
  nodeName: string;
}

/** Decides what every pod that the watch shows needs: to be bound, run, ended, removed, forgotten. */
export interface PodDesk {
  onList(pods: readonly Pod[]): void;
  onPod(pod: Pod): void;
  onGone(uid: string): void;
  findLog: FindLog;
  oomKill(target: { namespace: string; pod: string }): boolean;
  abandonAll(): Promise<void>;
}

export function createPodDesk({ host, faults, nodeName }: PodDeskOptions): PodDesk {
  const runs = new Map<string, PodRun>();
  const binding = new Set<string>();
  const ending = new Set<string>();

  const attempt = (pod: Pod, work: () => Promise<void>) => {
    work().catch((failure: unknown) => {
      host.say({ msg: 'the node agent failed', pod: podName(pod), error: failureText(failure) });
    });
  };
  const bind = (pod: Pod) => {
    const { uid } = pod.metadata;
    if (binding.has(uid) || pod.spec.schedulingGates.length > 0) return;
    binding.add(uid);
    attempt(pod, () => bindPod(host.client, pod, nodeName).finally(() => binding.delete(uid)));
  };
  const end = (pod: Pod) => {
    const { uid, deletionGracePeriodSeconds = DEFAULT_GRACE_SECONDS } = pod.metadata;
    if (ending.has(uid)) return;
    ending.add(uid);
    attempt(pod, async () => {
      await faults.mayTerminate(podName(pod));
      await faults.online.whenOpen();
      const run = runs.get(uid);
      if (run !== undefined) await run.terminate(deletionGracePeriodSeconds);
      else if (!hasEnded(pod)) await createPodReport(host, pod).publishEnd();
      // Without a grace (a finished pod, a forced deletion) the API server removes it by itself.
      if (deletionGracePeriodSeconds > 0) await removePod(host.client, pod);
    });
  };
  const onPod = (pod: Pod) => {
    const { uid, deletionTimestamp } = pod.metadata;
    if (pod.spec.nodeName === undefined) {
      if (deletionTimestamp === undefined) bind(pod);
    } else if (pod.spec.nodeName !== nodeName) return;
    else if (deletionTimestamp !== undefined) end(pod);
    else if (!runs.has(uid) && !hasEnded(pod)) runs.set(uid, startRun(host, pod));
  };
  const onGone = (uid: string) => {
    const run = runs.get(uid);
    runs.delete(uid);
    ending.delete(uid);
    if (run !== undefined) attempt(run.pod, () => run.abandon());
  };
  const find = (namespace: string, name: string) =>
    [...runs.values()].findLast(
      ({ pod: { metadata } }) => metadata.name === name && metadata.namespace === namespace,
    );

  return {
    onList: (pods) => {
      const listed = new Set(pods.map((pod) => pod.metadata.uid));
      for (const uid of [...runs.keys(), ...ending]) if (!listed.has(uid)) onGone(uid);
      pods.forEach(onPod);
    },
    onPod,
    onGone,
    findLog: ({ namespace, pod, container }) => find(namespace, pod)?.logOf(container),
    oomKill: ({ namespace, pod }) => find(namespace, pod)?.oomKill() ?? false,
    abandonAll: async () => {
      await Promise.all([...runs.values()].map((run) => run.abandon()));
    },
  };
}

function startRun(host: PodHost, pod: Pod): PodRun {
  if (pod.status.phase === 'Running' && pod.spec.restartPolicy === 'Never') return lostRun(host, pod);
  try {
    const script = scriptEntryFor(pod);
    return script.kind === 'scripted' ? runScriptedPod(host, pod, script) : runProcessPod(host, pod, script);
  } catch (failure) {
    return refusedRun(host, pod, `wrong script annotation: ${failureText(failure)}`);
  }
}

/** A pod that ran under an agent before this one: its processes are gone, as after a reboot of a node. */
function lostRun(host: PodHost, pod: Pod): PodRun {
  const at = kubeTime(new Date());
  const message = 'The container could not be located when the pod was terminated';
  const terminated = {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message,
    startedAt: at,
    finishedAt: at,
  };
  const report = createPodReport(host, pod);
  const done = { terminated: { exitCode: 0, reason: 'Completed', startedAt: at, finishedAt: at } };
  pod.spec.initContainers.forEach((_, index) => report.update({ list: 'init', index }, { state: done }));
  pod.spec.containers.forEach((_, index) =>
    report.update({ list: 'main', index }, { state: { terminated } }),
  );
  return endedRun(pod, report.publishEnd());
}

/** A pod that can never run, because what it asks of the agent makes no sense. */
function refusedRun(host: PodHost, pod: Pod, message: string): PodRun {
  host.say({ msg: 'pod refused', pod: podName(pod), error: message });
  const report = createPodReport(host, pod);
  report.blame('NodeAgentRefused', message);
  return endedRun(pod, report.publishEnd());
}

function endedRun(pod: Pod, told: Promise<void>): PodRun {
  return {
    pod,
    terminate: () => told,
    abandon: () => Promise.resolve(),
    oomKill: () => false,
    logOf: () => undefined,
  };
}
