import { succeeded, type ApiWrite } from '../audit-log.js';
import { jobNameOf, type ScriptedBackup } from './manifests.js';

/** What the retries of some Backups cost the API server, per retry, whatever closes the incident included. */
export interface WriteCosts {
  /** Writes of the Backup, its Jobs and nothing else. */
  readonly writes: number;
  readonly templates: number;
  readonly events: number;
  readonly conflicts: number;
  /** Everything else that was refused. */
  readonly otherFailures: number;
  /** Successful ones by verb and resource, for example `patch backups 3.0`. */
  readonly composition: string;
}

export interface CostQuestion {
  readonly writes: readonly ApiWrite[];
  readonly backups: readonly ScriptedBackup[];
  readonly workerUser: string;
}

export function writeCostsOf({ writes, backups, workerUser }: CostQuestion): WriteCosts {
  const retries = backups.reduce((sum, { failures }) => sum + failures, 0);
  const ofRetries = retryWrites({ writes, backups, workerUser });
  const done = ofRetries.filter(succeeded);
  const per = (select: (write: ApiWrite) => boolean, from = done) => from.filter(select).length / retries;
  const kinds = [...new Set(done.map(kindOf))].sort();
  return {
    writes: per(({ resource }) => resource === 'backups' || resource === 'jobs'),
    templates: per(({ resource }) => resource === 'controllerrevisions'),
    events: per(({ resource }) => resource === 'events'),
    conflicts: per(({ code }) => code === 409, ofRetries),
    otherFailures: per((write) => !succeeded(write) && write.code !== 409, ofRetries),
    composition: kinds
      .map((kind) => `${kind} ${per((write) => kindOf(write) === kind).toFixed(2)}`)
      .join(', '),
  };
}

/** The worker's writes for these Backups, all but those of their first runs: these end with the first Job. */
function retryWrites({ writes, backups, workerUser }: CostQuestion): ApiWrite[] {
  const seen = new Map(backups.map(({ name }) => [name, { firstJobCreated: false }]));
  const backupOfJob = new Map(backups.map(({ name }) => [jobNameOf(name), name]));
  return writes
    .filter(({ user }) => user === workerUser)
    .toSorted((a, b) => a.receivedMs - b.receivedMs)
    .filter((write) => {
      const state = seen.get(backupNameOf(write, backupOfJob));
      if (state === undefined) return false;
      if (state.firstJobCreated) return true;
      state.firstJobCreated = write.resource === 'jobs' && write.verb === 'create' && succeeded(write);
      return false;
    });
}

function backupNameOf({ resource, name }: ApiWrite, backupOfJob: ReadonlyMap<string, string>): string {
  if (resource === 'jobs') return backupOfJob.get(name) ?? '';
  if (resource === 'controllerrevisions') return backupOfJob.get(name.replace(/-template$/, '')) ?? '';
  if (resource === 'events') return name.slice(0, name.lastIndexOf('.'));
  return name;
}

function kindOf({ verb, resource }: ApiWrite): string {
  return `${verb} ${resource}`;
}
