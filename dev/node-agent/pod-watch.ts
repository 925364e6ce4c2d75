import { z } from 'zod';
import { KubeFailure, type KubeClient } from './kube-client.js';
import { pause } from './pause.js';
import { Pod } from './pod.js';

const PAGE_SIZE = 500;
/** The server ends a watch after this long and we take it up again; bounds how long a dead connection is believed. */
const WATCH_TIMEOUT_SECONDS = 240;
const RECONNECT_DELAY_MS = 200;

const PodList = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().optional() }),
  items: z.array(Pod),
});
const Revision = z.object({ metadata: z.object({ resourceVersion: z.string() }) });
const WatchEvent = z.object({ type: z.string(), object: z.unknown() });
const ErrorStatus = z.object({ code: z.number().optional(), message: z.string().optional() });

export interface PodWatchOptions {
  client: KubeClient;
  signal: AbortSignal;
  /** Every pod there is, at the start and again whenever the watch had to begin anew. */
  onList(pods: readonly Pod[]): void;
  /** A pod was created or changed. */
  onPod(pod: Pod): void;
  /** A pod is gone from the API. */
  onGone(uid: string): void;
  /** The API server was out of reach or ended the watch with an error; it is tried again. */
  onTrouble(failure: unknown): void;
}

/** Lists and then watches all pods of the cluster until the signal aborts; survives restarts of the API server. */
export async function watchPods(options: PodWatchOptions): Promise<void> {
  let resourceVersion: string | undefined;
  while (!options.signal.aborted) {
    try {
      resourceVersion ??= await listOnce(options);
      resourceVersion = await watchOnce(options, resourceVersion);
    } catch (failure) {
      if (options.signal.aborted) return;
      options.onTrouble(failure);
      // The server refuses to go on from what we saw last (410, mostly): only a list tells what is true now.
      if (failure instanceof KubeFailure || failure instanceof WatchExpired) resourceVersion = undefined;
      await pause(RECONNECT_DELAY_MS, options.signal);
    }
  }
}

class WatchExpired extends Error {}

async function listOnce({ client, onList }: PodWatchOptions): Promise<string> {
  const pods: Pod[] = [];
  let next: string | undefined;
  for (;;) {
    const query = new URLSearchParams({ limit: String(PAGE_SIZE), ...(next ? { continue: next } : {}) });
    const page = PodList.parse(
      await client.call({ method: 'GET', path: `/api/v1/pods?${query.toString()}` }),
    );
    pods.push(...page.items);
    next = page.metadata.continue;
    if (next === undefined || next === '') {
      onList(pods);
      return page.metadata.resourceVersion;
    }
  }
}

async function watchOnce(options: PodWatchOptions, from: string): Promise<string> {
  const query = new URLSearchParams({
    watch: '1',
    allowWatchBookmarks: 'true',
    resourceVersion: from,
    timeoutSeconds: String(WATCH_TIMEOUT_SECONDS),
  });
  let seen = from;
  let rest = '';
  const chunks = await options.client.stream(`/api/v1/pods?${query.toString()}`, options.signal);
  try {
    for await (const chunk of chunks) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) seen = deliver(options, line);
    }
  } catch (failure) {
    // A broken connection loses nothing: the next watch begins where this one ended.
    if (failure instanceof WatchExpired) throw failure;
    if (options.signal.aborted) return seen;
    options.onTrouble(failure);
    await pause(RECONNECT_DELAY_MS, options.signal);
  }
  return seen;
}

/** Hands one event on; returns the resource version it carries. @throws WatchExpired when the server says so. */
function deliver(options: PodWatchOptions, line: string): string {
  const { type, object } = WatchEvent.parse(JSON.parse(line));
  if (type === 'ERROR') {
    const status = ErrorStatus.parse(object);
    throw new WatchExpired(`watch of pods ended: ${status.code ?? '?'} ${status.message ?? ''}`);
  }
  if (type === 'BOOKMARK') return Revision.parse(object).metadata.resourceVersion;
  const pod = Pod.parse(object);
  if (type === 'DELETED') options.onGone(pod.metadata.uid);
  else options.onPod(pod);
  return pod.metadata.resourceVersion;
}
