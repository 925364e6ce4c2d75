import type { Backup } from '../../domain/backup/backup.js';
import { currentSubcommand } from '../../domain/backup/current-subcommand.js';
import { logJobName } from '../../domain/backup/log-job-name.js';
import type { Job } from '../../domain/kubernetes/job.js';
import { attentionOf, hasOpenIncident } from '../../domain/notification.js';
import type { BackupIdentity } from '../../domain/names.js';
import { projectBackup, projectJob } from '../../domain/watch-projection.js';
import type { BackupChange } from './dependencies.js';

export interface BackupViewOptions {
  /** Called for a Backup that a workflow must look at. */
  readonly onAttention: (backup: Backup) => void;
  readonly operatorPresent: () => boolean;
  /** Whether a workflow is known to be open for it; asked on every list. */
  readonly hasWorkflow: (backup: Backup) => boolean;
  readonly now: () => number;
  /** Called for every look at a Backup, and when it is gone. */
  readonly onChange: (change: BackupChange) => void;
}

/** The watch's picture of the Backups and Jobs of a cluster, and what in it needs attention. */
export interface BackupView {
  backupSeen(object: unknown): void;
  backupGone(object: unknown): void;
  jobSeen(object: unknown): void;
  jobGone(object: unknown): void;
  /** Looks at everything again, as if nothing had been nudged. Until its first call nothing is judged. */
  compareAll(): void;
  /** Whether this very object exists, as far as has been seen. */
  knows(backup: BackupIdentity): boolean;
  /** Looks again at the Backups of a TidbCluster that has just appeared. */
  clusterSeen(cluster: { namespace: string; name: string }): void;
  /** After a list: what did not come with it is gone. `namespace` where only one was listed. */
  forgetUnseen(list: {
    kind: 'backups' | 'jobs';
    namespace: string | undefined;
    uids: ReadonlySet<string>;
  }): void;
}

export function createBackupView(options: BackupViewOptions): BackupView {
  const backups = new Map<string, Backup>();
  const jobs = new Map<string, Job>();
  const nudgedFor = new Map<string, string>();
  let comparing = false;

  const judge = (backup: Backup | undefined): void => {
    if (backup === undefined || !comparing) return;
    const command = currentSubcommand(backup);
    const { namespace, name } = backup.metadata;
    const job = command === undefined ? undefined : jobs.get(`${namespace}/${logJobName(name, command)}`);
    const attention = attentionOf({
      backup,
      job,
      operatorPresent: options.operatorPresent(),
      nowMs: options.now(),
    });
    const key = keyOf(backup);
    if (attention === undefined) {
      nudgedFor.delete(key);
    } else if (nudgedFor.get(key) !== attention.fingerprint) {
      nudgedFor.set(key, attention.fingerprint);
      options.onAttention(backup);
    }
  };
  const judgeOwnersOf = (job: Job): void => {
    const { namespace, ownerReferences = [] } = job.metadata;
    // By name: a new object must hear that its predecessor's Job is gone.
    for (const owner of ownerReferences) judge(backups.get(`${namespace}/${owner.name}`));
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
      backups.delete(keyOf(backup));
      nudgedFor.delete(keyOf(backup));
      options.onChange({ before: backup });
      // An open workflow of it has to end.
      if (hasOpenIncident({ backup })) options.onAttention(backup);
    },
    jobSeen: (object) => {
      const job = projectJob(object);
      jobs.set(keyOf(job), job);
      judgeOwnersOf(job);
    },
    jobGone: (object) => {
      const job = projectJob(object);
      if (jobs.get(keyOf(job))?.metadata.uid === job.metadata.uid) jobs.delete(keyOf(job));
      judgeOwnersOf(job);
    },
    compareAll: () => {
      comparing = true;
      nudgedFor.clear();
      for (const backup of backups.values()) {
        judge(backup);
        const nudged = nudgedFor.has(keyOf(backup));
        if (!nudged && hasOpenIncident({ backup }) && !options.hasWorkflow(backup))
          options.onAttention(backup);
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
      const isGone = ({ metadata }: Backup | Job): boolean =>
        (namespace === undefined || metadata.namespace === namespace) && !uids.has(metadata.uid);
      if (kind === 'jobs') {
        for (const [key, job] of jobs) if (isGone(job)) jobs.delete(key);
        return;
      }
      for (const [key, backup] of backups) {
        if (!isGone(backup)) continue;
        backups.delete(key);
        nudgedFor.delete(key);
        options.onChange({ before: backup });
      }
    },
  };
}

function keyOf({ metadata }: Backup | Job): string {
  return `${metadata.namespace}/${metadata.name}`;
}
