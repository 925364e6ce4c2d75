import { isOwnedBy } from '../domain/kubernetes/owned-by.js';
import { Job } from '../domain/kubernetes/job.js';
import { Pod } from '../domain/kubernetes/pod.js';
import { FROM_CACHE, type KubernetesApi } from './api.js';
import { ApiFailure, isConflict } from './api-failure.js';
import { JOBS, PODS, type ObjectReference } from './resources.js';

export function jobReference({ namespace, name }: { namespace: string; name: string }): ObjectReference {
  return { resource: JOBS, namespace, name };
}

export async function findJob(
  api: KubernetesApi,
  identity: { namespace: string; name: string },
): Promise<Job | undefined> {
  const found = await api.get(jobReference(identity));
  return found === undefined ? undefined : Job.parse(found);
}

export type JobCreation =
  | { readonly result: 'created'; readonly job: Job }
  /** The name is taken: the caller looks whose Job it is. */
  | { readonly result: 'exists' }
  /** The API server will not have it: invalid, over quota, or against an admission rule. */
  | { readonly result: 'refused'; readonly message: string };

/** Why the API server would refuse this Job now, admission and quota included; `undefined` where it would not. */
export async function jobRefusal(
  api: KubernetesApi,
  namespace: string,
  job: object,
): Promise<string | undefined> {
  try {
    await api.create(JOBS, namespace, job, { dryRun: true });
    return undefined;
  } catch (failure) {
    if (isRefusal(failure)) return failure.message;
    if (isConflict(failure)) return undefined;
    throw failure;
  }
}

export async function createJob(api: KubernetesApi, namespace: string, job: object): Promise<JobCreation> {
  try {
    return { result: 'created', job: Job.parse(await api.create(JOBS, namespace, job)) };
  } catch (failure) {
    if (isConflict(failure)) return { result: 'exists' };
    if (isRefusal(failure)) return { result: 'refused', message: failure.message };
    throw failure;
  }
}

function isRefusal(failure: unknown): failure is ApiFailure {
  return failure instanceof ApiFailure && (failure.status === 422 || failure.status === 403);
}

/**
 * Pods of one Job, newest first. From the API server's cache where it shows how one ended: that is what the Job
 * controller saw too.
 */
export async function podsOfJob(api: KubernetesApi, job: Job): Promise<Pod[]> {
  const cached = await listPods(api, job, FROM_CACHE);
  return cached.some(({ status }) => hasEnded(status?.phase)) ? cached : listPods(api, job, {});
}

async function listPods(
  api: KubernetesApi,
  { metadata: { namespace, name, uid } }: Job,
  version: { resourceVersion?: string },
): Promise<Pod[]> {
  const labelSelector = `batch.kubernetes.io/job-name=${name}`;
  const answer = await api.list(PODS, { namespace, labelSelector, ...version });
  return listItems(answer)
    .map((item) => Pod.parse(item))
    .filter((pod) => isOwnedBy(pod, uid))
    .sort((a, b) => b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp));
}

function hasEnded(phase: string | undefined): boolean {
  return phase === 'Failed' || phase === 'Succeeded';
}

/** The items of a list answer, unparsed. */
export function listItems(answer: unknown): readonly unknown[] {
  const items: unknown =
    typeof answer === 'object' && answer !== null && 'items' in answer ? answer.items : undefined;
  return Array.isArray(items) ? items : [];
}
