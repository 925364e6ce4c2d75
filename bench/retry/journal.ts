import type { KubernetesApi } from '../../src/kubernetes/api.js';
import { Backup } from '../../src/domain/backup/backup.js';
import { Job } from '../../src/domain/kubernetes/job.js';
import { BACKUPS, JOBS } from '../../src/kubernetes/resources.js';
import { recordKind, type SeenVersion } from '../recording.js';
import { NAMESPACE } from './manifests.js';

/** Everything that happened to the Backups and Jobs of the namespace since its start. */
export interface Journal {
  /** All versions of the Backups of this name, oldest first. */
  backups(name: string): readonly SeenVersion<Backup>[];
  /** All versions of the Jobs of this name, whatever their UID. */
  jobs(name: string): readonly SeenVersion<Job>[];
  /** Resolves after `signal`; rejects when something cannot be watched any more. */
  readonly ended: Promise<void>;
}

/** Resolves when both kinds are being watched. */
export async function startJournal(api: KubernetesApi, signal: AbortSignal): Promise<Journal> {
  const where = { api, signal, namespace: NAMESPACE };
  const backups = recordKind({ ...where, resource: BACKUPS, parse: (object) => Backup.parse(object) });
  const jobs = recordKind({ ...where, resource: JOBS, parse: (object) => Job.parse(object) });
  const ended = Promise.all([backups.ended, jobs.ended]).then(() => undefined);
  await Promise.race([Promise.all([backups.listed, jobs.listed]), ended]);
  return { backups: backups.versions, jobs: jobs.versions, ended };
}
