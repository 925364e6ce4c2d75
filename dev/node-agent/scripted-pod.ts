import { failureText, type PodHost, type PodRun } from './pod-host.js';
import { pause } from './pause.js';
import { createPodReport } from './pod-report.js';
import { podName, type Pod } from './pod.js';
import type { ScriptedEntry } from './pod-script.js';
import { kubeTime, type Terminated } from './pod-status.js';
import { writeScriptedCondition } from './scripted-status-write.js';

/** A pod that ends sooner than this is never shown as Running: one write less for each pod of a storm. */
const RUNNING_SHOWN_FROM_MS = 1_000;
const SIGTERM_EXIT_CODE = 143;
const OOM_EXIT_CODE = 137;

/** Acts a pod without any process: its status, what its manager would write to its Backup or Restore, its exit code. */
export function runScriptedPod(host: PodHost, pod: Pod, script: ScriptedEntry): PodRun {
  const report = createPodReport(host, pod);
  const stopping = new AbortController();
  host.say({
    msg: 'container started',
    pod: podName(pod),
    kind: 'scripted',
    image: pod.spec.containers[0]?.image,
  });
  const finished = act({ host, pod, script, report, stopping: stopping.signal }).catch((failure: unknown) => {
    host.say({
      msg: 'scripted pod failed in the node agent',
      pod: podName(pod),
      error: failureText(failure),
    });
  });
  return {
    pod,
    terminate: async () => {
      stopping.abort();
      await finished;
    },
    abandon: async () => {
      report.close();
      stopping.abort();
      await finished;
    },
    oomKill: () => false,
    logOf: (container) =>
      pod.spec.containers.some(({ name }) => name === container)
        ? { kind: 'text', text: 'This pod is scripted by the development node agent: no process runs.\n' }
        : undefined,
  };
}

interface Act {
  host: PodHost;
  pod: Pod;
  script: ScriptedEntry;
  report: ReturnType<typeof createPodReport>;
  stopping: AbortSignal;
}

async function act({ host, pod, script, report, stopping }: Act): Promise<void> {
  const startedAt = kubeTime(new Date());
  const isShort = script.afterMs < RUNNING_SHOWN_FROM_MS;
  const isEnd = (type: string) => type === 'Complete' || type === 'Failed';
  const early = isShort ? [] : script.crWrites.filter((type) => !isEnd(type));
  const late = isShort ? script.crWrites : script.crWrites.filter(isEnd);
  if (!isShort) {
    showAll({ pod, report, state: { running: { startedAt } } });
    report.publish();
  }
  for (const type of early) await writeScriptedCondition({ host, pod, type });
  await pause(script.afterMs, stopping);
  if (!stopping.aborted) for (const type of late) await writeScriptedCondition({ host, pod, type });
  showAll({
    pod,
    report,
    state: { terminated: { ...ending(script, stopping), startedAt, finishedAt: kubeTime(new Date()) } },
  });
  await report.publishEnd();
}

function ending(script: ScriptedEntry, stopping: AbortSignal): Pick<Terminated, 'exitCode' | 'reason'> {
  if (stopping.aborted) return { exitCode: SIGTERM_EXIT_CODE, reason: 'Error' };
  if (script.oomKilled) return { exitCode: OOM_EXIT_CODE, reason: script.reason ?? 'OOMKilled' };
  return {
    exitCode: script.exitCode,
    reason: script.reason ?? (script.exitCode === 0 ? 'Completed' : 'Error'),
  };
}

interface Scene {
  pod: Pod;
  report: Act['report'];
  state: Parameters<Act['report']['update']>[1]['state'];
}

/** The containers share one fate; init containers have done their work by then. */
function showAll({ pod, report, state }: Scene): void {
  if (state === undefined) return;
  const now = kubeTime(new Date());
  const done = { terminated: { exitCode: 0, reason: 'Completed', startedAt: now, finishedAt: now } };
  pod.spec.initContainers.forEach((_, index) => report.update({ list: 'init', index }, { state: done }));
  pod.spec.containers.forEach((_, index) => report.update({ list: 'main', index }, { state }));
}
