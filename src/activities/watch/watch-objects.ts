import { cancellationSignal } from '@temporalio/activity';
import type { WatchClusterInput } from '../../domain/watch-input.js';
import { listAndWatch, type WatchTarget } from '../../kubernetes/list-and-watch.js';
import { BACKUPS, JOBS, PODS, TIDB_CLUSTERS } from '../../kubernetes/resources.js';
import type { BackupView } from './backup-view.js';
import { createComparison } from './comparison.js';
import type { WatchDependencies, WatchObserver } from './dependencies.js';
import { backupHandlers, clusterHandlers, jobHandlers, podHandlers } from './watch-handlers.js';

/** Jobs and pods of backups: TiDB Operator's label, which ours carry too. */
const MANAGED_BY = 'app.kubernetes.io/managed-by=backup-operator';

/**
 * Lists and watches what concerns backups, and nudges the workflow of each Backup that needs it. Two of these at once
 * do no harm: a nudge only says "look".
 */
export async function watchObjects(
  deps: WatchDependencies,
  input: WatchClusterInput,
): Promise<Record<string, never>> {
  const stop = new AbortController();
  const signal = AbortSignal.any([deps.stopping, cancellationSignal(), stop.signal]);
  const observer = deps.beginObserver();
  const endDeletions = deps.deletions.begin();
  const { view, compare } = createComparison(deps, { input, observer, signal });
  const lists = watchedLists(deps, { view, compare, observer }).map((list) =>
    listAndWatch(deps.api, { ...list, signal }),
  );
  try {
    // The first failure that waiting cannot mend ends all: the activity's retry begins anew, with fresh lists.
    await Promise.all(lists);
  } finally {
    stop.abort();
    endDeletions();
    observer.ended();
    await Promise.allSettled(lists);
  }
  return {};
}

function watchedLists(
  deps: WatchDependencies,
  { view, compare, observer }: { view: BackupView; compare: () => Promise<void>; observer: WatchObserver },
) {
  const { namespaces = [undefined], selector } = deps;
  const listed = new Set<WatchTarget>();
  const handlers = [
    { resource: BACKUPS, labelSelector: selector, handle: backupHandlers(view) },
    { resource: JOBS, labelSelector: MANAGED_BY, handle: jobHandlers(view) },
    { resource: PODS, labelSelector: MANAGED_BY, handle: podHandlers(view) },
    { resource: TIDB_CLUSTERS, labelSelector: undefined, handle: clusterHandlers(view) },
  ];
  const lists = namespaces.flatMap((namespace) =>
    handlers.map(({ handle, ...target }) => ({ target: { ...target, namespace }, handle })),
  );
  return lists.map(({ target, handle }) => {
    const { onList, onChange, size } = handle({
      namespace: target.namespace,
      onUnreadable: (object, failure) => observer.failed(`read ${target.resource.kind} ${object}`, failure),
    });
    const afterList = (): void => {
      listed.add(target);
      // A Job without its Backup, or the other way round, would be misjudged: wait for the first list of each kind.
      if (listed.size === lists.length) void compare();
    };
    return {
      target,
      handlers: {
        onList: (items: readonly unknown[], page: { first: boolean; last: boolean }) => {
          onList(items, page);
          if (page.last) afterList();
        },
        onChange,
        onAlive: () => observer.alive({ resource: target.resource.plural, objects: size() }),
      },
    };
  });
}
