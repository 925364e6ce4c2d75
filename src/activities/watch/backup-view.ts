import type { Backup } from '../../domain/backup/backup.js';
import { commandOf } from '../../domain/backup/backup-command.js';
import { logJobName } from '../../domain/backup/log-job-name.js';
import type { Job } from '../../domain/kubernetes/job.js';
import { attentionOf, hasOpenIncident } from '../../domain/notification.js';
import type { BackupIdentity } from '../../domain/names.js';
import { projectBackup, projectJob } from '../../domain/watch-projection.js';

export interface BackupViewOptions {
  /** Called for a Backup that a workflow must look at. */
  readonly onAttention: (backup: Backup) => void;
  readonly operatorPresent: () => boolean;
  /** Whether a workflow is known to be open for it; asked on every list. */
  readonly hasWorkflow: (backup: Backup) => boolean;
  readonly now: () => number;
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
    const command = commandOf(backup);
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
      if (backups.get(key)?.metadata.uid !== backup.metadata.uid) nudgedFor.delete(key);
      backups.set(key, backup);
      judge(backup);
    },
    backupGone: (object) => {
      const backup = projectBackup(object);
      backups.delete(keyOf(backup));
      nudgedFor.delete(keyOf(backup));
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
      const known: Map<string, Backup | Job> = kind === 'backups' ? backups : jobs;
      for (const [key, { metadata }] of known) {
        const listed = namespace === undefined || metadata.namespace === namespace;
        if (listed && !uids.has(metadata.uid)) known.delete(key);
      }
    },
  };
}

function keyOf({ metadata }: Backup | Job): string {
  return `${metadata.namespace}/${metadata.name}`;
}
