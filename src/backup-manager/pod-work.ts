import type { Writable } from 'node:stream';
import type { KubernetesApi } from '../kubernetes/api.js';

/** What every command in a pod works with. */
export interface PodDependencies {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly output: { readonly stdout: Writable; readonly stderr: Writable };
  /** Aborted when the pod is asked to end. */
  readonly stopping: AbortSignal;
}

export interface PodDependenciesWithApi extends PodDependencies {
  readonly api: KubernetesApi;
}

/** How a pod's work ended; `failure` is for people. */
export type Outcome<Facts> = { readonly facts: Facts } | { readonly failure: string };

/** Where the pod's log is told what is tried again. */
export function warnOn({ output }: PodDependencies): (message: string) => void {
  return (message) => output.stderr.write(`${message}\n`);
}

const MAX_MESSAGE_LENGTH = 256;

/** A SIGTERM before BR ran has to end in a written status too. */
export async function settle<Facts>(
  stopping: AbortSignal,
  work: () => Promise<Outcome<Facts>>,
): Promise<Outcome<Facts>> {
  try {
    return await work();
  } catch (error) {
    if (stopping.aborted) return { failure: 'stopped by SIGTERM before BR was started' };
    throw error;
  }
}

/** One line that people can read in a condition. What BR said has lost its secrets where it was read. */
export function conditionMessage(failure: string): string {
  const clean = failure.replace(/\p{Cc}+/gu, ' ');
  return clean.length <= MAX_MESSAGE_LENGTH ? clean : `${clean.slice(0, MAX_MESSAGE_LENGTH - 1)}…`;
}
