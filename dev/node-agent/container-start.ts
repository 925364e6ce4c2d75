import { rename } from 'node:fs/promises';
import path from 'node:path';
import { ContainerConfigError, containerEnv, expandVariables } from './container-env.js';
import { startContainerProcess, type ContainerProcess } from './container-process.js';
import type { ImageMeaning } from './images.js';
import { hasStatus } from './kube-client.js';
import { pause } from './pause.js';
import { brPathOf } from './place-br.js';
import { logFileOf, type PodGround } from './pod-ground.js';
import { failureText, type PodHost } from './pod-host.js';
import type { ContainerSlot, PodReport } from './pod-report.js';
import type { ProcessEntry } from './pod-script.js';
import { podName, type Container, type Pod } from './pod.js';

const CONFIG_RETRY_MS = 2_000;

/** What the containers of one running pod share. */
export interface ContainerRun {
  host: PodHost;
  pod: Pod;
  script: ProcessEntry;
  ground: PodGround;
  report: PodReport;
  /** The containers that run now, by name. */
  processes: Map<string, ContainerProcess>;
  /** Aborts when the pod is being deleted: nothing is started any more. */
  stopping: AbortSignal;
}

export interface StartRequest {
  container: Container;
  slot: ContainerSlot;
  entrypoint: Extract<ImageMeaning, { kind: 'program' }>['entrypoint'];
  /** 0 for the first start. */
  restartCount: number;
}

/** Starts the container's process; undefined when the pod is being deleted before it could be started. */
export async function startContainer(
  run: ContainerRun,
  request: StartRequest,
): Promise<ContainerProcess | undefined> {
  const { container, entrypoint, restartCount } = request;
  const specEnv = await envWhenPossible(run, request);
  if (specEnv === undefined || run.stopping.aborted) return undefined;
  const env = { ...baseEnv(run.ground), ...specEnv, ...agentEnv(run, container) };
  const [program, ...rest] = container.command.length > 0 ? container.command : entrypoint;
  const words = [...rest, ...container.args].map((word) => expandVariables(word, env));
  const command = [expandVariables(program ?? entrypoint[0], env), ...words] as const;
  const logFile = logFileOf(run.ground.folder, container.name);
  if (restartCount > 0) await rename(logFile, `${logFile}.previous`);
  const { reaper } = run.host;
  const started = await startContainerProcess({ command, env, cwd: run.ground.home, logFile, reaper });
  run.processes.set(container.name, started);
  // The deletion may have come while the process was being started: its signal went to nobody.
  if (run.stopping.aborted) started.signal('SIGTERM');
  run.host.say({
    msg: 'container started',
    pod: podName(run.pod),
    container: container.name,
    kind: 'process',
    image: container.image,
    // As the pod has them: expanded, they may hold a secret.
    command: [program, ...rest, ...container.args],
  });
  return started;
}

/** Tries until the Secrets and ConfigMaps are there, as a kubelet does; undefined when the pod is being deleted. */
async function envWhenPossible(run: ContainerRun, { container, slot }: StartRequest) {
  const { host, pod, report, stopping } = run;
  let said = '';
  while (!stopping.aborted) {
    try {
      return await containerEnv({ client: host.client, pod, container });
    } catch (failure) {
      const message = failureText(failure);
      const wrong = failure instanceof ContainerConfigError || hasStatus(failure, 403);
      host.say({ msg: 'container cannot be created', pod: podName(pod), container: container.name, message });
      if (wrong && message !== said) {
        report.update(slot, { state: { waiting: { reason: 'CreateContainerConfigError', message } } });
        report.publish();
        said = message;
      }
      await pause(CONFIG_RETRY_MS, stopping);
    }
  }
  return undefined;
}

function baseEnv({ home, temporary }: PodGround): Record<string, string> {
  // Node's own folder first: the programs of the image table find the node they were made for.
  const paths = [path.dirname(process.execPath), process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'];
  // The mark of dev/processes: by it a stack that ends finds what its servers started.
  const mark = process.env['HOLDFAST_PROCESS_GROUP'];
  return {
    PATH: paths.join(path.delimiter),
    HOME: home,
    TMPDIR: temporary,
    ...(mark === undefined ? {} : { HOLDFAST_PROCESS_GROUP: mark }),
  };
}

/** What stands for the mounts of a real container: where its API access and BR are. */
function agentEnv({ ground, pod, script }: ContainerRun, container: Container): Record<string, string> {
  const br = brPathOf(ground.folder, container);
  const scripted = script.br !== undefined || script.brSeconds !== undefined;
  return {
    HOSTNAME: pod.metadata.name,
    KUBECONFIG: ground.token.kubeconfig,
    ...(br === undefined ? {} : { HOLDFAST_BR_BIN: br }),
    ...(scripted
      ? { HOLDFAST_BR_STAND_IN: JSON.stringify({ br: script.br, brSeconds: script.brSeconds }) }
      : {}),
  };
}
