import type { Gate } from './gate.js';
import { hasStatus, isTransient, strategicMergePatch, type KubeClient } from './kube-client.js';
import { pause } from './pause.js';
import { podPath, type Pod } from './pod.js';

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 2_000;

export interface StatusWriterOptions {
  client: KubeClient;
  pod: Pod;
  /** Shut while the node plays dead. */
  online: Gate;
  onTrouble(failure: unknown): void;
}

/** Writes the status of one pod; a newer status replaces one that has not been sent yet. */
export interface StatusWriter {
  write(status: object): void;
  /** When the last status that was given is stored, or can never be. */
  settled(): Promise<void>;
  /** The pod is gone: nothing more is sent. */
  close(): void;
}

export function createStatusWriter(options: StatusWriterOptions): StatusWriter {
  let next: object | undefined;
  let writing: Promise<void> | undefined;
  const gone = new AbortController();
  const writeAll = async () => {
    let delayMs = FIRST_RETRY_MS;
    while (next !== undefined && !gone.signal.aborted) {
      await options.online.whenOpen();
      const status: object = next;
      next = undefined;
      const stored = await writeOnce(options, status);
      if (stored) continue;
      next ??= status;
      await pause(delayMs, gone.signal);
      delayMs = Math.min(delayMs * 2, MAX_RETRY_MS);
    }
    writing = undefined;
  };
  return {
    write: (status) => {
      if (gone.signal.aborted) return;
      next = status;
      writing ??= writeAll();
    },
    settled: () => writing ?? Promise.resolve(),
    close: () => {
      gone.abort();
    },
  };
}

/** True when there is no sense in sending this status again. */
async function writeOnce({ client, pod, onTrouble }: StatusWriterOptions, status: object): Promise<boolean> {
  try {
    await client.call({
      method: 'PATCH',
      path: `${podPath(pod)}/status`,
      // The UID makes it a conflict to write to a later pod of the same name.
      body: { metadata: { uid: pod.metadata.uid }, status },
      contentType: strategicMergePatch,
    });
    return true;
  } catch (failure) {
    if (hasStatus(failure, 404)) return true;
    onTrouble(failure);
    return !isTransient(failure) && !hasStatus(failure, 409);
  }
}
