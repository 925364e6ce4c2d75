/** Every id and object name of the product, each made in one place, so that a retry meets itself. */

import { toRfc3339Seconds } from './time.js';

/** Kubernetes' limit for label values and for the names of objects that become labels. */
const MAX_NAME_LENGTH = 63;

/** One custom resource. A re-created object of the same name has another UID. */
export interface ObjectIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** Workflow id of the incident of one Backup. The UID makes a re-created object another workflow. */
export function backupWorkflowId({ namespace, name, uid }: ObjectIdentity): string {
  return `backup/${namespace}/${name}/${uid}`;
}

/** The Backup of a workflow id; `undefined` for the id of another kind. */
export function backupOfWorkflowId(id: string): ObjectIdentity | undefined {
  return objectOfWorkflowId(id, 'backup');
}

/** Workflow id of one Restore that we run. */
export function restoreWorkflowId({ namespace, name, uid }: ObjectIdentity): string {
  return `replication-restore/${namespace}/${name}/${uid}`;
}

/** The Restore of a workflow id; `undefined` for the id of another kind. */
export function restoreOfWorkflowId(id: string): ObjectIdentity | undefined {
  return objectOfWorkflowId(id, 'replication-restore');
}

function objectOfWorkflowId(id: string, kind: string): ObjectIdentity | undefined {
  const [prefix, namespace, name, uid, ...rest] = id.split('/');
  const complete = prefix === kind && rest.length === 0 && namespace && name && uid;
  return complete ? { namespace, name, uid } : undefined;
}

/** Workflow id of one run of the stress tool. */
export function stressWorkflowId({ cluster, run }: { cluster: string; run: string }): string {
  return `stress/${cluster}/${run}`;
}

export function watchWorkflowId(cluster: string): string {
  return `watch/${cluster}`;
}

/** Workflow id of what observes the drill plans of a cluster. */
export function drillWatchWorkflowId(cluster: string): string {
  return `watch-drills/${cluster}`;
}

export interface TaskQueues {
  /** Workflows. */
  readonly workflows: string;
  /** Activities that call this cluster's API server. */
  readonly kubernetes: string;
  /** The one long activity that watches this cluster. */
  readonly watch: string;
  /** What any drill host can do: choose a backup, open a session, enter a verdict. */
  readonly drill: string;
  /** The one long activity that observes this cluster's drill plans. */
  readonly drillWatch: string;
}

export function taskQueues({ prefix, cluster }: { prefix: string; cluster: string }): TaskQueues {
  return {
    workflows: prefix,
    kubernetes: `${prefix}-kube-${cluster}`,
    watch: `${prefix}-watch-${cluster}`,
    drill: `${prefix}-drill`,
    drillWatch: `${prefix}-drill-watch-${cluster}`,
  };
}

/** The queue of one drill host: what works on the files that lie there. */
export function drillHostQueue({ prefix, host }: { prefix: string; host: string }): string {
  return `${prefix}-drill-${host}`;
}

/** Id of the Schedule of a drill plan. */
export function drillScheduleId({ cluster, plan }: { cluster: string; plan: string }): string {
  return `drill/${cluster}/${plan}`;
}

/** Workflow id of one drill; Temporal gives those of a Schedule the same form. */
export function drillWorkflowId(drill: { cluster: string; plan: string; startedMs: number }): string {
  return `${drillScheduleId(drill)}-${toRfc3339Seconds(drill.startedMs)}`;
}

/**
 * `name` cut to `maxLength` characters; a name that had to be cut ends in a short hash of the whole, so that two
 * long names stay two.
 */
export function boundedName(name: string, maxLength: number = MAX_NAME_LENGTH): string {
  if (name.length <= maxLength) return name;
  const suffix = `-${shortHash(name)}`;
  return name.slice(0, maxLength - suffix.length).replace(/[^a-z0-9]+$/i, '') + suffix;
}

/**
 * FNV-1a over UTF-16 code units, twice with different seeds, as 14 base-36 characters. Not cryptographic: it only
 * has to be pure, and present in the workflow sandbox, where `crypto` is not.
 */
export function shortHash(text: string): string {
  return fnv1a(text, 0x811c9dc5) + fnv1a(text, 0x9747b28c);
}

function fnv1a(text: string, seed: number): string {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash.toString(36).padStart(7, '0').slice(-7);
}
