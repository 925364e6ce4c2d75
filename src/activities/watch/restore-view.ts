import type { Job } from '../../domain/kubernetes/job.js';
import type { ObjectMeta } from '../../domain/kubernetes/object-meta.js';
import { MANAGED_LABEL } from '../../domain/labels.js';
import type { ObjectIdentity } from '../../domain/names.js';
import type { CompactBackup } from '../../domain/replication/compact-backup.js';
import { replicationConfigOf } from '../../domain/replication/gate-of.js';
import { restoreAttention, type RestoreAttention } from '../../domain/replication/restore-attention.js';
import { restoreJobName } from '../../domain/replication/restore-job-name.js';
import { RESTORE_JOB_STEPS } from '../../domain/replication/restore-step.js';
import type { Restore } from '../../domain/replication/restore.js';
import type { SeenRestore } from '../../domain/replication/seen-restore.js';
import { targetClusterOf } from '../../domain/replication/target-cluster.js';
import { projectCompactBackup, projectJob, projectRestore } from '../../domain/watch-projection.js';
import type { SeenChange } from './dependencies.js';
import { createUnknownCompactions, type UnknownCompaction } from './unknown-compaction.js';

export interface RestoreViewOptions {
  /** Called for a Restore whose workflow must look; with `start: false` only one that is open. */
  readonly onAttention: (restore: ObjectIdentity, how: { start: boolean }) => void;
  /** Whether a workflow is known to be open for it; asked on every list. */
  readonly hasWorkflow: (restore: ObjectIdentity) => boolean;
  /** Called for every Job that has gone, by its UID. */
  readonly onJobGone: (uid: string) => void;
  readonly onUnknownCompaction: (found: UnknownCompaction) => void;
  /** Called for every look at a Restore of ours, and when it is gone. */
  readonly onChange: (change: SeenChange<Restore>) => void;
  readonly now: () => number;
}

/** The watch's picture of the Restores that are ours, their Jobs, and the CompactBackups they wait for. */
export interface RestoreView {
  restoreSeen(object: unknown): void;
  restoreGone(object: unknown): void;
  jobSeen(object: unknown): void;
  jobGone(object: unknown): void;
  compactBackupSeen(object: unknown): void;
  compactBackupGone(object: unknown): void;
  /** Looks again at the Restores of a TidbCluster that has just appeared. */
  clusterSeen(cluster: { namespace: string; name: string }): void;
  /** Looks at everything again. Until its first call nothing is judged. */
  compareAll(): void;
  /** Whether this very object exists and is ours, as far as has been seen. */
  knows(restore: ObjectIdentity): boolean;
  /** After a list: what did not come with it is gone. `namespace` where only one was listed. */
  forgetUnseen(list: {
    kind: 'restores' | 'jobs' | 'compactBackups';
    namespace: string | undefined;
    uids: ReadonlySet<string>;
  }): void;
}

export function createRestoreView(options: RestoreViewOptions): RestoreView {
  const { onAttention, hasWorkflow, onJobGone, now } = options;
  const restores = new Map<string, Restore>();
  const jobs = new Map<string, Job>();
  const compactBackups = new Map<string, CompactBackup>();
  const knownAs = new Map<string, string>();
  const unknownCompactions = createUnknownCompactions(options.onUnknownCompaction);
  let comparing = false;

  const seenOf = (restore: Restore): SeenRestore => {
    const { namespace, name } = restore.metadata;
    const own = RESTORE_JOB_STEPS.map((step) => ({
      step,
      job: jobs.get(`${namespace}/${restoreJobName(name, step)}`),
    }));
    return {
      restore,
      jobs: Object.fromEntries(own.flatMap(({ step, job }) => (job === undefined ? [] : [[step, job]]))),
      compactBackup: compactBackups.get(
        `${namespace}/${replicationConfigOf(restore)?.compactBackupName ?? ''}`,
      ),
      nowMs: now(),
    };
  };
  const attentionOf = (restore: Restore): RestoreAttention => {
    const seen = seenOf(restore);
    const attention = restoreAttention(seen);
    if (attention.need !== 'None') unknownCompactions.look(seen);
    return attention;
  };
  const judge = (restore: Restore | undefined): void => {
    if (restore === undefined || !comparing) return;
    const key = keyOf(restore);
    const { need, fingerprint } = attentionOf(restore);
    const before = knownAs.get(key);
    knownAs.set(key, fingerprint);
    if (before === fingerprint) return;
    // What has ended needs a workflow only where one is open, and that one has to hear of it.
    if (need !== 'None') onAttention(restore.metadata, { start: true });
    else if (before !== undefined) onAttention(restore.metadata, { start: false });
  };
  const judgeAnew = (restore: Restore | undefined): void => {
    if (restore === undefined) return;
    knownAs.delete(keyOf(restore));
    judge(restore);
  };
  const compare = (restore: Restore): void => {
    const { need, fingerprint } = attentionOf(restore);
    const { metadata } = restore;
    knownAs.set(keyOf(restore), fingerprint);
    const isOpen = hasWorkflow(metadata);
    if (need === 'Due' || (need === 'Waits' && !isOpen)) onAttention(metadata, { start: true });
    else if (need === 'None' && isOpen) onAttention(metadata, { start: false });
  };
  const forgetRestore = (restore: Restore): void => {
    restores.delete(keyOf(restore));
    knownAs.delete(keyOf(restore));
    unknownCompactions.forget(restore);
    options.onChange({ before: restore });
    if (comparing) onAttention(restore.metadata, { start: false });
  };
  const waitingFor = ({ metadata: { namespace, name } }: CompactBackup): Restore[] =>
    [...restores.values()].filter(
      (restore) =>
        restore.metadata.namespace === namespace && replicationConfigOf(restore)?.compactBackupName === name,
    );
  const ownersOf = ({ metadata: { namespace, ownerReferences = [] } }: Job): (Restore | undefined)[] =>
    // By name: a new object must hear that its predecessor's Job is gone.
    ownerReferences.map(({ name }) => restores.get(`${namespace}/${name}`));
  return {
    restoreSeen: (object) => {
      const restore = projectRestore(object);
      const known = restores.get(keyOf(restore));
      const isOurs = restore.metadata.labels?.[MANAGED_LABEL] === 'true';
      const isSame = known?.metadata.uid === restore.metadata.uid;
      if (known !== undefined && (!isOurs || !isSame)) forgetRestore(known);
      if (!isOurs) return;
      restores.set(keyOf(restore), restore);
      options.onChange({ ...(isSame && { before: known }), after: restore });
      judge(restore);
    },
    restoreGone: (object) => {
      const known = restores.get(keyOf(projectRestore(object)));
      if (known !== undefined) forgetRestore(known);
    },
    jobSeen: (object) => {
      const job = projectJob(object);
      jobs.set(keyOf(job), job);
      for (const restore of ownersOf(job)) judge(restore);
    },
    jobGone: (object) => {
      const job = projectJob(object);
      if (jobs.get(keyOf(job))?.metadata.uid === job.metadata.uid) jobs.delete(keyOf(job));
      onJobGone(job.metadata.uid);
      for (const restore of ownersOf(job)) judgeAnew(restore);
    },
    compactBackupSeen: (object) => {
      const compactBackup = projectCompactBackup(object);
      compactBackups.set(keyOf(compactBackup), compactBackup);
      for (const restore of waitingFor(compactBackup)) judge(restore);
    },
    compactBackupGone: (object) => {
      const compactBackup = projectCompactBackup(object);
      compactBackups.delete(keyOf(compactBackup));
      for (const restore of waitingFor(compactBackup)) judge(restore);
    },
    clusterSeen: ({ namespace, name }) => {
      for (const restore of restores.values()) {
        const target = targetClusterOf(restore);
        if (target?.name === name && target.namespace === namespace) judgeAnew(restore);
      }
    },
    compareAll: () => {
      comparing = true;
      for (const restore of restores.values()) compare(restore);
    },
    knows: ({ namespace, name, uid }) => restores.get(`${namespace}/${name}`)?.metadata.uid === uid,
    forgetUnseen: ({ kind, namespace, uids }) => {
      const isGone = ({ metadata }: { metadata: ObjectMeta }): boolean =>
        (namespace === undefined || metadata.namespace === namespace) && !uids.has(metadata.uid);
      if (kind === 'restores') {
        for (const restore of restores.values()) if (isGone(restore)) forgetRestore(restore);
        return;
      }
      const kept: Map<string, { metadata: ObjectMeta }> = kind === 'jobs' ? jobs : compactBackups;
      for (const [key, object] of kept) {
        if (!isGone(object)) continue;
        kept.delete(key);
        if (kind === 'jobs') onJobGone(object.metadata.uid);
      }
    },
  };
}

function keyOf({ metadata: { namespace, name } }: { metadata: ObjectMeta }): string {
  return `${namespace}/${name}`;
}
