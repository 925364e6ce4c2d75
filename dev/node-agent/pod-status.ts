import type { Pod } from './pod.js';

/** What one container does, as the API knows it. Times are RFC 3339, whole seconds. */
export type ContainerState =
  | { waiting: { reason: string; message?: string } }
  | { running: { startedAt: string } }
  | { terminated: Terminated };

export interface Terminated {
  exitCode: number;
  reason: string;
  message?: string;
  startedAt: string;
  finishedAt: string;
}

/** One container with its history, in the order of the pod's spec. */
export interface ContainerProgress {
  name: string;
  image: string;
  state: ContainerState;
  lastState?: ContainerState;
  restartCount: number;
}

/** Everything that the status of a pod is made of. */
export interface PodProgress {
  startTime: string;
  init: readonly ContainerProgress[];
  main: readonly ContainerProgress[];
  /** Set when the pod ends without its containers saying why, for example when the node lost them. */
  reason?: string;
  message?: string;
}

export const creating: ContainerState = { waiting: { reason: 'ContainerCreating' } };
export const initializing: ContainerState = { waiting: { reason: 'PodInitializing' } };

/** A moment as the Kubernetes API writes it. */
export function kubeTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** The progress of a pod of which nothing has been started. */
export function freshProgress(pod: Pod, startTime: string): PodProgress {
  const fresh = (state: ContainerState) => (container: { name: string; image: string }) => ({
    name: container.name,
    image: container.image,
    state,
    restartCount: 0,
  });
  const { initContainers, containers } = pod.spec;
  return {
    startTime,
    init: initContainers.map(fresh(initializing)),
    main: containers.map(fresh(initContainers.length > 0 ? initializing : creating)),
  };
}

/** The phase that a kubelet would show. */
export function phaseOf({ init, main }: PodProgress, restartPolicy: Pod['spec']['restartPolicy']): string {
  const failed = (container: ContainerProgress) => (terminatedOf(container)?.exitCode ?? 0) !== 0;
  if (restartPolicy === 'Never' && init.some(failed)) return 'Failed';
  const ended = main.length > 0 && main.every((container) => terminatedOf(container) !== undefined);
  if (ended && restartPolicy !== 'Always') return main.some(failed) ? 'Failed' : 'Succeeded';
  return main.some(hasBegun) ? 'Running' : 'Pending';
}

/** The `status` of a pod, to be sent as a strategic merge patch: conditions of other writers stay. */
export function podStatus(progress: PodProgress, { spec }: Pod, phase: string): object {
  const initialized = progress.init.every((container) => terminatedOf(container)?.exitCode === 0);
  const ready = phase === 'Running' && progress.main.every(isRunning);
  const ended = phase === 'Succeeded' ? { reason: 'PodCompleted' } : {};
  return {
    phase,
    hostIP: '127.0.0.1',
    podIP: '127.0.0.1',
    podIPs: [{ ip: '127.0.0.1' }],
    startTime: progress.startTime,
    ...(progress.reason === undefined ? {} : { reason: progress.reason }),
    ...(progress.message === undefined ? {} : { message: progress.message }),
    conditions: [
      condition('Initialized', initialized, ended),
      condition('ContainersReady', ready, ready ? {} : ended),
      condition('Ready', ready, ready ? {} : ended),
    ],
    ...(spec.initContainers.length > 0
      ? { initContainerStatuses: progress.init.map(initContainerStatus) }
      : {}),
    containerStatuses: progress.main.map(containerStatus),
  };
}

function condition(type: string, holds: boolean, extra: { reason?: string } = {}) {
  return { type, status: holds ? 'True' : 'False', ...extra };
}

function containerStatus(container: ContainerProgress): object {
  const { name, image, state, lastState, restartCount } = container;
  return {
    name,
    image,
    imageID: '',
    ready: isRunning(container),
    started: isRunning(container),
    restartCount,
    state,
    ...(lastState === undefined ? {} : { lastState }),
  };
}

/** An init container is ready when it has done its work. */
function initContainerStatus(container: ContainerProgress): object {
  return { ...containerStatus(container), ready: terminatedOf(container)?.exitCode === 0 };
}

function terminatedOf({ state }: ContainerProgress): Terminated | undefined {
  return 'terminated' in state ? state.terminated : undefined;
}

function isRunning({ state }: ContainerProgress): boolean {
  return 'running' in state;
}

function hasBegun({ state, restartCount }: ContainerProgress): boolean {
  return !('waiting' in state) || restartCount > 0;
}
