import path from 'node:path';
import type { Gate } from './gate.js';
import type { ImageRule } from './images.js';
import type { KubeClient } from './kube-client.js';
import type { Pod } from './pod.js';
import type { Reaper } from './reaper.js';

/** What all pods of one agent share. */
export interface PodHost {
  client: KubeClient;
  /** Below it every pod has a private folder; nothing is written elsewhere. */
  folder: string;
  /** The API server as pods reach it. */
  podApi: { server: string; ca: string | undefined };
  images: readonly ImageRule[];
  /** Shut while the node plays dead: then nothing is written about pods. */
  online: Gate;
  reaper: Reaper;
  say(entry: Readonly<Record<string, unknown>>): void;
}

/** Where the log of a container is. */
export type ContainerLog =
  | { kind: 'text'; text: string }
  | {
      kind: 'file';
      /** Absent on disk until the container has started. */
      file: string;
      /** The log of the run before the last restart; absent on disk where there was none. */
      previousFile: string;
      /** Why there is nothing yet, for example `ContainerCreating`. */
      waitingReason(): string | undefined;
      mayGrow(): boolean;
    };

/** One pod on this node, from its start until it is gone from the API. */
export interface PodRun {
  pod: Pod;
  /** Ends the processes, SIGTERM first and SIGKILL after the grace, and stores the last status. */
  terminate(graceSeconds: number): Promise<void>;
  /** Ends everything at once and writes nothing: the pod is gone from the API, or the agent ends. */
  abandon(): Promise<void>;
  /** Kills the first running container as the kernel does when memory runs out; false when no process runs. */
  oomKill(): boolean;
  /** Undefined for a container that the pod does not have. */
  logOf(container: string): ContainerLog | undefined;
}

export function podFolder(host: PodHost, { metadata }: Pod): string {
  return path.join(host.folder, 'pods', metadata.uid);
}

export function failureText(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
