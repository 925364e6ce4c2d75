import { z } from 'zod';
import type { ObjectChange } from '../../kubernetes/list-and-watch.js';
import type { BackupView } from './backup-view.js';
import type { RestoreView } from './restore-view.js';

/** What to do with the pages of a list and with each change after it; one per kind and watched namespace. */
export interface ListHandlers {
  onList(items: readonly unknown[], page: { first: boolean; last: boolean }): void;
  onChange(change: ObjectChange): void;
  /** Objects known now. */
  size(): number;
}
type HandlersFor = (list: ListContext) => ListHandlers;

export interface ListContext {
  /** `undefined` where all namespaces are listed together. */
  readonly namespace: string | undefined;
  /** Called for an object that cannot be read: the others must not suffer from it. */
  readonly onUnreadable: (object: string, failure: z.ZodError) => void;
}

const Identified = z.looseObject({
  metadata: z.looseObject({ uid: z.string(), name: z.string(), namespace: z.string() }),
});

export function backupHandlers(view: BackupView): HandlersFor {
  return listOf({
    seen: view.backupSeen,
    gone: view.backupGone,
    forgetUnseen: (list) => view.forgetUnseen({ kind: 'backups', ...list }),
  });
}

export function jobHandlers(view: BackupView): HandlersFor {
  return listOf({
    seen: view.jobSeen,
    gone: view.jobGone,
    forgetUnseen: (list) => view.forgetUnseen({ kind: 'jobs', ...list }),
  });
}

/** Pods tell whether a run has begun; what a failed one leaves behind is read live, when its Job has failed. */
export function podHandlers(view: BackupView): HandlersFor {
  return listOf({
    seen: view.podSeen,
    gone: view.podGone,
    forgetUnseen: (list) => view.forgetUnseen({ kind: 'pods', ...list }),
  });
}

export function restoreHandlers(view: RestoreView): HandlersFor {
  return listOf({
    seen: view.restoreSeen,
    gone: view.restoreGone,
    forgetUnseen: (list) => view.forgetUnseen({ kind: 'restores', ...list }),
  });
}

export function restoreJobHandlers(view: RestoreView): HandlersFor {
  return listOf({
    seen: view.jobSeen,
    gone: view.jobGone,
    forgetUnseen: (list) => view.forgetUnseen({ kind: 'jobs', ...list }),
  });
}

export function compactBackupHandlers(view: RestoreView): HandlersFor {
  return listOf({
    seen: view.compactBackupSeen,
    gone: view.compactBackupGone,
    forgetUnseen: (list) => view.forgetUnseen({ kind: 'compactBackups', ...list }),
  });
}

/** What a view does with the objects of one kind. */
interface KindInView extends Pick<Callbacks, 'seen' | 'gone'> {
  readonly forgetUnseen: (list: Pick<ListContext, 'namespace'> & { uids: ReadonlySet<string> }) => void;
}

function listOf({ seen, gone, forgetUnseen }: KindInView): HandlersFor {
  return ({ namespace, onUnreadable }) =>
    tracked({ seen, gone, onUnreadable, listed: (uids) => forgetUnseen({ namespace, uids }) });
}

/** Only the first sight of a TidbCluster matters: Backups and Restores may be waiting for it. */
export function clusterHandlers(views: readonly Pick<BackupView, 'clusterSeen'>[]): HandlersFor {
  return ({ onUnreadable }) => {
    const known = new Set<string>();
    return tracked({
      onUnreadable,
      seen: (object) => {
        const { uid, name, namespace } = Identified.parse(object).metadata;
        if (known.has(uid)) return;
        known.add(uid);
        for (const view of views) view.clusterSeen({ namespace, name });
      },
      gone: (object) => known.delete(Identified.parse(object).metadata.uid),
      listed: ignore,
    });
  };
}

interface Callbacks {
  readonly onUnreadable: ListContext['onUnreadable'];
  readonly seen: (object: unknown) => void;
  readonly gone: (object: unknown) => void;
  readonly listed: (uids: ReadonlySet<string>) => void;
}

/** Keeps the UIDs, so that a list can tell what has gone since the last one. */
function tracked({ seen, gone, listed, onUnreadable }: Callbacks): ListHandlers {
  let uids = new Set<string>();
  const read = (object: unknown, step: (object: unknown) => void): void => {
    try {
      step(object);
    } catch (failure) {
      if (!(failure instanceof z.ZodError)) throw failure;
      const { namespace, name } = Identified.parse(object).metadata;
      onUnreadable(`${namespace}/${name}`, failure);
    }
  };
  return {
    onList: (items, { first, last }) => {
      if (first) uids = new Set();
      for (const item of items) {
        uids.add(Identified.parse(item).metadata.uid);
        read(item, seen);
      }
      if (last) listed(uids);
    },
    onChange: ({ type, object }) => {
      const { uid } = Identified.parse(object).metadata;
      if (type === 'deleted') {
        uids.delete(uid);
        read(object, gone);
      } else {
        uids.add(uid);
        read(object, seen);
      }
    },
    size: () => uids.size,
  };
}

function ignore(): void {}
