import type { KubernetesApi } from '../../src/kubernetes/api.js';
import { Backup } from '../../src/domain/backup/backup.js';
import { Job } from '../../src/domain/kubernetes/job.js';
import { listAndWatch } from '../../src/kubernetes/list-and-watch.js';
import { BACKUPS, JOBS, type ResourceType } from '../../src/kubernetes/resources.js';
import { nowMs } from '../machine.js';
import { NAMESPACE } from './manifests.js';

/** One version of an object as a watch showed it. Revisions are etcd's: they order writes to different objects. */
export interface SeenVersion<T> {
  /** When its event arrived here, epoch milliseconds. */
  readonly atMs: number;
  readonly revision: number;
  readonly deleted: boolean;
  readonly object: T;
}

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
  const backups = record({ api, signal, resource: BACKUPS, parse: (object) => Backup.parse(object) });
  const jobs = record({ api, signal, resource: JOBS, parse: (object) => Job.parse(object) });
  const ended = Promise.all([backups.ended, jobs.ended]).then(() => undefined);
  await Promise.race([Promise.all([backups.listed, jobs.listed]), ended]);
  return { backups: backups.versions, jobs: jobs.versions, ended };
}

interface Recording<T> {
  readonly api: KubernetesApi;
  readonly signal: AbortSignal;
  readonly resource: ResourceType;
  readonly parse: (object: unknown) => T;
}

interface Recorded<T> {
  readonly listed: Promise<void>;
  readonly ended: Promise<void>;
  versions(name: string): readonly SeenVersion<T>[];
}

function record<T extends Backup | Job>({ api, signal, resource, parse }: Recording<T>): Recorded<T> {
  const byName = new Map<string, SeenVersion<T>[]>();
  const keep = (object: unknown, deleted: boolean): void => {
    const atMs = nowMs(); // before the work of parsing
    const parsed = parse(object);
    const { name, resourceVersion } = parsed.metadata;
    const versions = byName.get(name) ?? [];
    byName.set(name, versions);
    versions.push({ atMs, revision: Number(resourceVersion), deleted, object: parsed });
  };
  let resolveListed: () => void = () => undefined;
  const listed = new Promise<void>((resolve) => (resolveListed = resolve));
  const handlers = {
    onList: (items: readonly unknown[], { last }: { last: boolean }) => {
      for (const item of items) keep(item, false);
      if (last) resolveListed();
    },
    onChange: ({ type, object }: { type: 'changed' | 'deleted'; object: unknown }) =>
      keep(object, type === 'deleted'),
    onAlive: () => undefined,
  };
  const ended = listAndWatch(api, { target: { resource, namespace: NAMESPACE }, handlers, signal });
  return { listed, ended, versions: (name) => byName.get(name) ?? [] };
}
