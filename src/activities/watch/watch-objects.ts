import { cancellationSignal } from '@temporalio/activity';
import type { WatchClusterInput } from '../../domain/watch-input.js';
import { listAndWatch, listAndWatchIfInstalled, type WatchTarget } from '../../kubernetes/list-and-watch.js';
import { BACKUPS, COMPACT_BACKUPS, JOBS, PODS, RESTORES, TIDB_CLUSTERS } from '../../kubernetes/resources.js';
import { createComparison, type Comparison } from './comparison.js';
import type { WatchDependencies, WatchObserver } from './dependencies.js';
import {
  backupHandlers,
  clusterHandlers,
  compactBackupHandlers,
  jobHandlers,
  podHandlers,
  restoreHandlers,
  restoreJobHandlers,
} from './watch-handlers.js';

/** Jobs and pods of backups, Jobs of restores: TiDB Operator's labels, which ours carry too. */
const MANAGED_BY = 'app.kubernetes.io/managed-by=backup-operator';
const MANAGED_BY_RESTORES = 'app.kubernetes.io/managed-by=restore-operator';

/**
 * Lists and watches what concerns backups and restores, and nudges the workflow of each that needs it. Two at once
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
  const comparison = createComparison(deps, { input, observer, signal });
  const lists = watchedLists(deps, { comparison, observer }).map((list) =>
    followerOf(list.target)(deps.api, { ...list, observer: observer.calls, signal }),
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
  { comparison: { view, restores, compare }, observer }: { comparison: Comparison; observer: WatchObserver },
) {
  const { namespaces = [undefined], selector } = deps;
  const listed = new Set<WatchTarget>();
  const handlers = [
    { shown: 'backups', resource: BACKUPS, labelSelector: selector, handle: backupHandlers(view) },
    { shown: 'jobs', resource: JOBS, labelSelector: MANAGED_BY, handle: jobHandlers(view) },
    { shown: 'pods', resource: PODS, labelSelector: MANAGED_BY, handle: podHandlers(view) },
    {
      shown: 'tidbclusters',
      resource: TIDB_CLUSTERS,
      labelSelector: undefined,
      handle: clusterHandlers([view, restores]),
    },
    { shown: 'restores', resource: RESTORES, labelSelector: selector, handle: restoreHandlers(restores) },
    {
      shown: 'restorejobs',
      resource: JOBS,
      labelSelector: MANAGED_BY_RESTORES,
      handle: restoreJobHandlers(restores),
    },
    {
      shown: 'compactbackups',
      resource: COMPACT_BACKUPS,
      labelSelector: undefined,
      handle: compactBackupHandlers(restores),
    },
  ];
  const lists = namespaces.flatMap((namespace) =>
    handlers.map(({ handle, shown, ...target }) => ({ target: { ...target, namespace }, handle, shown })),
  );
  return lists.map(({ target, handle, shown }) => {
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
        onAlive: () => observer.alive({ resource: shown, namespace: target.namespace, objects: size() }),
      },
    };
  });
}

/** Restores and CompactBackups came later than Backups: a cluster may lack their CRDs. */
function followerOf({ resource }: WatchTarget): typeof listAndWatch {
  return resource === RESTORES || resource === COMPACT_BACKUPS ? listAndWatchIfInstalled : listAndWatch;
}
