import { rm } from 'node:fs/promises';
import { runContainer } from './container-run.js';
import type { ContainerProcess } from './container-process.js';
import type { ContainerRun } from './container-start.js';
import { pause } from './pause.js';
import { logFileOf, preparePod, type PodGround } from './pod-ground.js';
import { failureText, podFolder, type ContainerLog, type PodHost, type PodRun } from './pod-host.js';
import { createPodReport, type ContainerSlot, type PodReport } from './pod-report.js';
import { podName, type Pod } from './pod.js';
import type { ProcessEntry } from './pod-script.js';

const PREPARE_RETRY_MS = 1_000;

/** Runs a pod as local processes: init containers one after the other, then the containers together. */
export function runProcessPod(host: PodHost, pod: Pod, script: ProcessEntry): PodRun {
  const report = createPodReport(host, pod);
  const processes = new Map<string, ContainerProcess>();
  const stopping = new AbortController();
  const finished = runAll({ host, pod, script, report, processes, stopping: stopping.signal }).catch(
    (failure: unknown) => {
      host.say({ msg: 'pod failed in the node agent', pod: podName(pod), error: failureText(failure) });
      report.blame('NodeAgentFailed', failureText(failure));
    },
  );
  // A pod that ends by itself says so at once; one that is being deleted, when all of it has ended.
  const told = finished.then(() => report.publishEnd());
  const signalAll = (signal: 'SIGTERM' | 'SIGKILL') => {
    for (const process of processes.values()) process.signal(signal);
  };
  return {
    pod,
    terminate: async (graceSeconds) => {
      stopping.abort();
      signalAll('SIGTERM');
      const kill = setTimeout(() => signalAll('SIGKILL'), graceSeconds * 1000);
      await finished;
      clearTimeout(kill);
      await told;
    },
    abandon: async () => {
      report.close();
      stopping.abort();
      signalAll('SIGKILL');
      await finished;
      await rm(podFolder(host, pod), { recursive: true, force: true });
    },
    oomKill: () => {
      const [first] = processes.values();
      first?.oomKill();
      return first !== undefined;
    },
    logOf: (container) => logOf({ host, pod, report }, container),
  };
}

type Start = Omit<ContainerRun, 'ground'>;

async function runAll(start: Start): Promise<void> {
  const ground = await prepareWhenPossible(start);
  if (ground === undefined) return;
  const run: ContainerRun = { ...start, ground };
  try {
    const { initContainers, containers } = start.pod.spec;
    for (const [index, container] of initContainers.entries()) {
      const succeeded = await runContainer(run, container, { list: 'init', index });
      if (!succeeded || start.stopping.aborted) return;
    }
    await Promise.all(
      containers.map((container, index) => runContainer(run, container, { list: 'main', index })),
    );
  } finally {
    ground.token.stop();
  }
}

/** Undefined when the pod is deleted before the API server gave it what it needs. */
async function prepareWhenPossible({ host, pod, stopping }: Start): Promise<PodGround | undefined> {
  while (!stopping.aborted) {
    try {
      return await preparePod(host, pod);
    } catch (failure) {
      host.say({ msg: 'cannot prepare pod', pod: podName(pod), error: failureText(failure) });
      await pause(PREPARE_RETRY_MS, stopping);
    }
  }
  return undefined;
}

interface LogRequest {
  host: PodHost;
  pod: Pod;
  report: PodReport;
}

function logOf({ host, pod, report }: LogRequest, container: string): ContainerLog | undefined {
  const slot = slotOf(pod, container);
  if (slot === undefined) return undefined;
  const file = logFileOf(podFolder(host, pod), container);
  const state = () => report.progressOf(slot).state;
  return {
    kind: 'file',
    file,
    previousFile: `${file}.previous`,
    waitingReason: () => {
      const now = state();
      return 'waiting' in now ? now.waiting.reason : undefined;
    },
    mayGrow: () => !('terminated' in state()),
  };
}

function slotOf({ spec }: Pod, container: string): ContainerSlot | undefined {
  for (const [list, containers] of [
    ['init', spec.initContainers],
    ['main', spec.containers],
  ] as const) {
    const index = containers.findIndex(({ name }) => name === container);
    if (index >= 0) return { list, index };
  }
  return undefined;
}
