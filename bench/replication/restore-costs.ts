import { restoreJobName } from '../../src/domain/replication/restore-job-name.js';
import { RESTORE_JOB_STEPS } from '../../src/domain/replication/restore-step.js';
import { succeeded, type ApiWrite } from '../audit-log.js';

/** What each of some restores cost the API server, in the order of their names. Writes of the pods are not counted. */
export interface RestoreCosts {
  /** Writes of Restores and Jobs. */
  readonly writes: readonly number[];
  readonly events: readonly number[];
  /** Everything that was refused, conflicts included. */
  readonly refused: readonly number[];
  /** Successful ones by verb and resource, on average, for example `patch restores 3.0`. */
  readonly composition: string;
  /** The refused ones, with the HTTP status of the answer; empty where there were none. */
  readonly refusals: string;
}

export interface CostQuestion {
  readonly writes: readonly ApiWrite[];
  readonly names: readonly string[];
  readonly workerUser: string;
}

export function restoreCostsOf({ writes, names, workerUser }: CostQuestion): RestoreCosts {
  const byRestore = writesByRestore({ writes, names, workerUser });
  const count = (select: (write: ApiWrite) => boolean) =>
    names.map((name) => (byRestore.get(name) ?? []).filter(select).length);
  const all = [...byRestore.values()].flat();
  return {
    writes: count((write) => write.resource !== 'events' && succeeded(write)),
    events: count((write) => write.resource === 'events' && succeeded(write)),
    refused: count((write) => !succeeded(write)),
    composition: compositionOf(all.filter(succeeded), { kindOf, count: names.length }),
    refusals: compositionOf(
      all.filter((write) => !succeeded(write)),
      { kindOf: (write) => `${kindOf(write)} (${write.code})`, count: names.length },
    ),
  };
}

function compositionOf(
  writes: readonly ApiWrite[],
  { kindOf, count }: { kindOf: (write: ApiWrite) => string; count: number },
): string {
  const kinds = writes.map(kindOf);
  const each = (kind: string) => kinds.filter((other) => other === kind).length / count;
  return [...new Set(kinds)]
    .sort()
    .map((kind) => `${kind} ${each(kind).toFixed(2)}`)
    .join(', ');
}

function writesByRestore({ writes, names, workerUser }: CostQuestion): ReadonlyMap<string, ApiWrite[]> {
  const byRestore = new Map(names.map((name) => [name, [] as ApiWrite[]]));
  const restoreOf = new Map(
    names.flatMap((name) => RESTORE_JOB_STEPS.map((step) => [restoreJobName(name, step), name] as const)),
  );
  for (const write of writes.filter(({ user }) => user === workerUser)) {
    byRestore.get(restoreNameOf(write, restoreOf))?.push(write);
  }
  return byRestore;
}

function restoreNameOf({ resource, name }: ApiWrite, restoreOf: ReadonlyMap<string, string>): string {
  if (resource === 'jobs') return restoreOf.get(name) ?? '';
  if (resource === 'events') return name.slice(0, name.lastIndexOf('.'));
  return resource === 'restores' ? name : '';
}

function kindOf({ verb, resource }: ApiWrite): string {
  return `${verb} ${resource}`;
}
