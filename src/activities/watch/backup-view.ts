import type { Backup } from '../../domain/backup/backup.js';
import { commandOf } from '../../domain/backup/backup-command.js';
import { logJobName } from '../../domain/backup/log-job-name.js';
import type { Job } from '../../domain/kubernetes/job.js';
import { jobOutcome } from '../../domain/kubernetes/job-outcome.js';
import type { Pod } from '../../domain/kubernetes/pod.js';
import { attentionOf, hasOpenIncident, hasPendingRetry } from '../../domain/notification.js';
import type { ObjectIdentity } from '../../domain/names.js';
import { projectBackup, projectJob, projectPod } from '../../domain/watch-projection.js';
import type { SeenChange } from './dependencies.js';
import { createDueMap } from './due-map.js';
import { createRunningPods, jobOwnerOf } from './running-pods.js';

export interface BackupViewOptions {
  /** Called for a Backup that a workflow must look at; `toRecord` where its Job has failed and no record says so. */
  readonly onAttention: (backup: Backup, why: { toRecord: boolean }) => void;
  /** Whether TiDB Operator sees this Backup. */
  readonly operatorOwns: (backup: Backup) => boolean;
  /** Whether a workflow is known to be open for it; asked on every list. */
  readonly hasWorkflow: (backup: Backup) => boolean;
  readonly now: () => number;
  /** Called for every look at a Backup, and when it is gone. */
  readonly onChange: (change: SeenChange<Backup>) => void;
  /** Called for every Job that has gone, by its UID. */
  readonly onJobGone: (uid: string) => void;
}

/** The watch's picture of the Backups and Jobs of a cluster, and what in it needs attention. */
export interface BackupView {
  backupSeen(object: unknown): void;
  backupGone(object: unknown): void;
  jobSeen(object: unknown): void;
  jobGone(object: unknown): void;
  /** Only pods of Jobs that have not ended are kept. */
  podSeen(object: unknown): void;
  podGone(object: unknown): void;
  /** Looks again at what is due for it, though nothing changed: a deadline has passed. Cheap; call it often. */
  lookAgain(): void;
  /** How much is kept. */
  size(): { backups: number; jobs: number; pods: number; deadlines: number };
  /** Looks at everything again, as if nothing had been nudged. Until its first call nothing is judged. */
  compareAll(): void;
  /** Whether this very object exists, as far as has been seen. */
  knows(backup: ObjectIdentity): boolean;
  /** Looks again at the Backups of a TidbCluster that has just appeared. */
  clusterSeen(cluster: { namespace: string; name: string }): void;
  /** After a list: what did not come with it is gone. `namespace` where only one was listed. */
  forgetUnseen(list: {
    kind: 'backups' | 'jobs' | 'pods';
    namespace: string | undefined;
    uids: ReadonlySet<string>;
  }): void;
}

export function createBackupView(options: BackupViewOptions): BackupView {
  const backups = new Map<string, Backup>();
  const jobs = new Map<string, Job>();
  const pods = createRunningPods((pod) => {
    const job = jobOf(pod);
    return job !== undefined && jobOutcome(job) !== 'running';
  });
  const nudgedFor = new Map<string, string>();
  const deadlines = createDueMap();
  let comparing = false;

  const judge = (backup: Backup | undefined): void => {
    if (backup === undefined || !comparing) return;
    const command = commandOf(backup);
    const { namespace, name } = backup.metadata;
    const job = command === undefined ? undefined : jobs.get(`${namespace}/${logJobName(name, command)}`);
    const running = job !== undefined && jobOutcome(job) === 'running';
    const { fingerprint, toRecord, lookAgainAtMs } = attentionOf({
      backup,
      job,
      pods: running ? pods.of(job.metadata.uid) : undefined,
      operatorPresent: options.operatorOwns(backup),
      nowMs: options.now(),
    });
    const key = keyOf(backup);
    deadlines.set(key, lookAgainAtMs);
    if (fingerprint === undefined) {
      nudgedFor.delete(key);
    } else if (nudgedFor.get(key) !== fingerprint) {
      nudgedFor.set(key, fingerprint);
      options.onAttention(backup, { toRecord });
    }
  };
  const jobOf = (pod: Pod): Job | undefined => {
    const owner = jobOwnerOf(pod);
    const job = owner && jobs.get(`${pod.metadata.namespace}/${owner.name}`);
    return job?.metadata.uid === owner?.uid ? job : undefined;
  };
  const judgeOwnersOf = (job: Job | undefined): void => {
    if (job === undefined) return;
    const { namespace, ownerReferences = [] } = job.metadata;
    // By name: a new object must hear that its predecessor's Job is gone.
    for (const owner of ownerReferences) judge(backups.get(`${namespace}/${owner.name}`));
  };
  const forgetJob = ({ metadata: { uid } }: Job): void => {
    pods.forgetJob(uid);
    options.onJobGone(uid);
  };
  const forgetBackup = (key: string, backup: Backup): void => {
    backups.delete(key);
    nudgedFor.delete(key);
    deadlines.set(key, undefined);
    options.onChange({ before: backup });
  };
  return {
    backupSeen: (object) => {
      const backup = projectBackup(object);
      const key = keyOf(backup);
      const before = backups.get(key);
      const same = before?.metadata.uid === backup.metadata.uid;
      if (!same) {
        nudgedFor.delete(key);
        if (before !== undefined) options.onChange({ before });
      }
      backups.set(key, backup);
      options.onChange({ ...(same && { before }), after: backup });
      judge(backup);
    },
    backupGone: (object) => {
      const backup = projectBackup(object);
      forgetBackup(keyOf(backup), backup);
      // An open workflow of it has to end.
      if (hasOpenIncident({ backup })) options.onAttention(backup, { toRecord: false });
    },
    jobSeen: (object) => {
      const job = projectJob(object);
      jobs.set(keyOf(job), job);
      if (jobOutcome(job) !== 'running') pods.forgetJob(job.metadata.uid);
      judgeOwnersOf(job);
    },
    jobGone: (object) => {
      const job = projectJob(object);
      if (jobs.get(keyOf(job))?.metadata.uid === job.metadata.uid) jobs.delete(keyOf(job));
      forgetJob(job);
      judgeOwnersOf(job);
    },
    podSeen: (object) => {
      const pod = projectPod(object);
      pods.seen(pod);
      judgeOwnersOf(jobOf(pod));
    },
    podGone: (object) => {
      const pod = projectPod(object);
      pods.gone(pod);
      judgeOwnersOf(jobOf(pod));
    },
    lookAgain: () => {
      for (const key of deadlines.takeDue(options.now())) judge(backups.get(key));
    },
    size: () => ({
      backups: backups.size,
      jobs: jobs.size,
      pods: pods.size(),
      deadlines: deadlines.size(),
    }),
    compareAll: () => {
      comparing = true;
      nudgedFor.clear();
      // Ended ones of Jobs that do not exist: their events may be over, and their deletion far away.
      pods.forgetWhere((pod) => jobOf(pod) === undefined && hasEnded(pod));
      for (const backup of backups.values()) {
        judge(backup);
        if (nudgedFor.has(keyOf(backup)) || !hasOpenIncident({ backup })) continue;
        // Who recorded a failure and died before its nudge leaves a workflow that waits for what has happened.
        if (!options.hasWorkflow(backup) || hasPendingRetry({ backup }))
          options.onAttention(backup, { toRecord: false });
      }
    },
    knows: ({ namespace, name, uid }) => backups.get(`${namespace}/${name}`)?.metadata.uid === uid,
    clusterSeen: ({ namespace, name }) => {
      for (const backup of backups.values()) {
        const { cluster, clusterNamespace } = backup.spec.br ?? {};
        if (cluster !== name || (clusterNamespace || backup.metadata.namespace) !== namespace) continue;
        nudgedFor.delete(keyOf(backup));
        judge(backup);
      }
    },
    forgetUnseen: ({ kind, namespace, uids }) => {
      const isGone = ({ metadata }: Backup | Job | Pod): boolean =>
        (namespace === undefined || metadata.namespace === namespace) && !uids.has(metadata.uid);
      if (kind === 'pods') return pods.forgetWhere(isGone);
      if (kind === 'jobs') {
        for (const [key, job] of jobs) {
          if (!isGone(job)) continue;
          jobs.delete(key);
          forgetJob(job);
        }
        return;
      }
      for (const [key, backup] of backups) if (isGone(backup)) forgetBackup(key, backup);
    },
  };
}

function hasEnded({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

function keyOf({ metadata }: Backup | Job): string {
  return `${metadata.namespace}/${metadata.name}`;
}
