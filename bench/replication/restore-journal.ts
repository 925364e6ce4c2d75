import { Job } from '../../src/domain/kubernetes/job.js';
import { CompactBackup } from '../../src/domain/replication/compact-backup.js';
import { Restore } from '../../src/domain/replication/restore.js';
import type { KubernetesApi } from '../../src/kubernetes/api.js';
import { COMPACT_BACKUPS, JOBS, RESTORES } from '../../src/kubernetes/resources.js';
import { recordKind, type SeenVersion } from '../recording.js';
import { NAMESPACE } from '../retry/manifests.js';

/** Everything that happened to the Restores, CompactBackups and Jobs of the namespace since its start. */
export interface RestoreJournal {
  /** All versions of the Restores of this name, oldest first; so are the others. */
  restores(name: string): readonly SeenVersion<Restore>[];
  compactBackups(name: string): readonly SeenVersion<CompactBackup>[];
  jobs(name: string): readonly SeenVersion<Job>[];
  /** Resolves after `signal`; rejects when something cannot be watched any more. */
  readonly ended: Promise<void>;
}

/** Resolves when all kinds are being watched. */
export async function startRestoreJournal(api: KubernetesApi, signal: AbortSignal): Promise<RestoreJournal> {
  const where = { api, signal, namespace: NAMESPACE };
  const restores = recordKind({ ...where, resource: RESTORES, parse: (object) => Restore.parse(object) });
  const jobs = recordKind({ ...where, resource: JOBS, parse: (object) => Job.parse(object) });
  const compactBackups = recordKind({
    ...where,
    resource: COMPACT_BACKUPS,
    parse: (object) => CompactBackup.parse(object),
  });
  const all = [restores, jobs, compactBackups];
  const ended = Promise.all(all.map((kind) => kind.ended)).then(() => undefined);
  await Promise.race([Promise.all(all.map((kind) => kind.listed)), ended]);
  return {
    restores: restores.versions,
    jobs: jobs.versions,
    compactBackups: compactBackups.versions,
    ended,
  };
}
