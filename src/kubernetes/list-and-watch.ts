import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { KubernetesApi } from './api.js';
import { ENDLESS_API_RETRY } from '../domain/api-retry.js';
import { isExpired, isNotFound } from './api-failure.js';
import { listItems } from './jobs.js';
import type { ResourceType } from './resources.js';
import { countAttempts, type RetryObserver } from './retried-call.js';
import { watchEvents } from './watch-stream.js';

const NOBODY: RetryObserver = { line: () => undefined };
const PAGE_SIZE = 500;
/** The server ends each watch after this; the next goes on where it ended. A dead connection is noticed no later. */
const WATCH_SECONDS = 60;
/** A CRD is installed by a person, who looks on for a while. */
const NOT_INSTALLED_PAUSE_MS = 15_000;

export interface ObjectChange {
  readonly type: 'changed' | 'deleted';
  readonly object: unknown;
}

export interface WatchHandlers {
  /** Every object there is, a page at a time; `last` marks the end of the list: what did not come is gone. */
  onList(items: readonly unknown[], page: { first: boolean; last: boolean }): void;
  onChange(change: ObjectChange): void;
  /** Called for every sign of life of the API server. */
  onAlive(): void;
}

export interface WatchTarget {
  readonly resource: ResourceType;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
}

interface ListAndWatch {
  readonly target: WatchTarget;
  readonly handlers: WatchHandlers;
  /** Told what is tried again; absent: nobody. */
  readonly observer?: RetryObserver;
  readonly signal: AbortSignal;
}

/**
 * As `listAndWatch`, for a kind that a cluster may lack: while its CRD is not installed the list is empty.
 * @throws ApiFailure for what waiting cannot mend (403)
 */
export async function listAndWatchIfInstalled(api: KubernetesApi, following: ListAndWatch): Promise<void> {
  const { handlers, signal } = following;
  while (!signal.aborted) {
    try {
      await listAndWatch(api, following);
    } catch (failure) {
      if (!isNotFound(failure)) throw failure;
      handlers.onList([], { first: true, last: true });
      handlers.onAlive();
      await delay(NOT_INSTALLED_PAUSE_MS, undefined, { signal }).catch(ignoreAbort);
    }
  }
}

const ListMetadata = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string(), continue: z.string().optional() }),
});
const Versioned = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }) });

/**
 * Lists, then watches, until `signal`; passing failures are waited out by the policy of procedures, which a sign of
 * progress begins anew; an expired version (410) lists again.
 * @throws ApiFailure for what waiting cannot mend (403, 404).
 */
export async function listAndWatch(
  api: KubernetesApi,
  { target, handlers, observer = NOBODY, signal }: ListAndWatch,
): Promise<void> {
  let resourceVersion: string | undefined;
  const operation = `list and watch ${target.resource.plural}`;
  const attempts = countAttempts({ operation, policy: ENDLESS_API_RETRY, observer });
  const progress = (version: string): void => {
    resourceVersion = version;
    attempts.succeeded();
    handlers.onAlive();
  };
  while (!signal.aborted) {
    try {
      if (resourceVersion === undefined) progress(await listAll(api, { target, handlers }));
      else await watchFrom(api, { target, handlers, signal, resourceVersion, progress });
    } catch (failure) {
      if (signal.aborted) return;
      if (isExpired(failure)) {
        resourceVersion = undefined;
        continue;
      }
      await delay(attempts.pauseAfter(failure), undefined, { signal }).catch(ignoreAbort);
    }
  }
}

async function listAll(
  api: KubernetesApi,
  { target, handlers }: { target: WatchTarget; handlers: WatchHandlers },
): Promise<string> {
  const { resource, namespace, labelSelector } = target;
  let next: string | undefined;
  let first = true;
  for (;;) {
    const answer = await api.list(resource, { namespace, labelSelector, limit: PAGE_SIZE, continue: next });
    const { metadata } = ListMetadata.parse(answer);
    next = metadata.continue === '' ? undefined : metadata.continue;
    handlers.onList(listItems(answer), { first, last: next === undefined });
    handlers.onAlive();
    if (next === undefined) return metadata.resourceVersion;
    first = false;
  }
}

interface OpenWatch {
  readonly target: WatchTarget;
  readonly handlers: WatchHandlers;
  readonly signal: AbortSignal;
  readonly resourceVersion: string;
  readonly progress: (version: string) => void;
}

async function watchFrom(api: KubernetesApi, watch: OpenWatch): Promise<void> {
  const { target, handlers, signal, resourceVersion, progress } = watch;
  const { resource, namespace, labelSelector } = target;
  const deadline = AbortSignal.timeout((WATCH_SECONDS + 10) * 1_000);
  const query = { namespace, labelSelector, resourceVersion, timeoutSeconds: WATCH_SECONDS };
  const stream = await api.openWatch(resource, query, AbortSignal.any([signal, deadline]));
  handlers.onAlive();
  for await (const event of watchEvents(stream, `watch ${resource.plural}`)) {
    if (event.type === 'ADDED' || event.type === 'MODIFIED')
      handlers.onChange({ type: 'changed', object: event.object });
    if (event.type === 'DELETED') handlers.onChange({ type: 'deleted', object: event.object });
    progress(Versioned.parse(event.object).metadata.resourceVersion);
  }
}

function ignoreAbort(failure: unknown): void {
  if (failure instanceof Error && failure.name === 'AbortError') return;
  throw failure;
}
