import { z } from 'zod';
import type { KubernetesApi } from '../../kubernetes/api.js';
import { ApiFailure } from '../../kubernetes/api-failure.js';
import { clusterUidOf } from '../../kubernetes/cluster-identity.js';
import type { OperatorSetting } from '../../kubernetes/operator-presence.js';
import type { ResourceType } from '../../kubernetes/resources.js';
import type { KubernetesAccess } from '../kubernetes-access.js';
import { someOf, type Check } from './check.js';
import { crdChecks } from './crd-checks.js';
import { operatorCheck } from './operator-checks.js';
import { describeRight, eachRight, WORKER_RIGHTS, type Right } from './worker-rights.js';

const ACCESS_REVIEWS: ResourceType = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'selfsubjectaccessreviews',
  kind: 'SelfSubjectAccessReview',
};
const AccessReview = z.object({ status: z.object({ allowed: z.boolean() }) });
const Version = z.object({ gitVersion: z.string() });

/** @throws ApiFailure when the API server does not answer */
export async function kubernetesChecks(
  access: KubernetesAccess,
  { operator }: { operator: OperatorSetting },
): Promise<Check[]> {
  // First and alone: where nobody answers, there is one failure and not eight.
  const server = await serverCheck(access);
  const [name, crds, rights, presence] = await Promise.all([
    nameCheck(access),
    crdChecks(access),
    rightsCheck(access.api),
    operatorCheck(access.api, operator),
  ]);
  return [server, name, ...crds, rights, presence];
}

async function serverCheck({ readDocument, serverUrl }: KubernetesAccess): Promise<Check> {
  const version = Version.safeParse(await readDocument('/version')).data?.gitVersion ?? 'of unknown version';
  return { area: 'Kubernetes', name: 'server', verdict: 'ok', found: `${serverUrl} answers, ${version}` };
}

async function nameCheck({ api, cluster }: KubernetesAccess): Promise<Check> {
  const check = { area: 'Kubernetes', name: 'cluster' } as const;
  if (cluster === undefined) {
    const mend = 'set HOLDFAST_CLUSTER or --cluster to the name that its worker uses';
    return { ...check, verdict: 'fail', found: 'it has no name', mend };
  }
  const uid = await ifAllowed(clusterUidOf(api));
  const found = `called ${cluster}, UID of kube-system ${uid ?? 'may not be read'}`;
  return uid === undefined
    ? { ...check, verdict: 'fail', found, mend: 'the worker needs it: grant get on namespace kube-system' }
    : { ...check, verdict: 'ok', found };
}

async function rightsCheck(api: KubernetesApi): Promise<Check> {
  const check = { area: 'Kubernetes', name: 'rights of a worker' } as const;
  const rights = eachRight(WORKER_RIGHTS);
  const allowed = await Promise.all(rights.map((right) => isAllowed(api, right)));
  const missing = rights.filter((_, index) => allowed[index] === false).map(describeRight);
  if (missing.length === 0) {
    return { ...check, verdict: 'ok', found: `these credentials have all ${rights.length}` };
  }
  return {
    ...check,
    verdict: 'fail',
    found: `these credentials lack ${someOf(missing)}`,
    mend: "kubectl apply -f deploy/rbac/worker.yaml; or run doctor with the worker's own kubeconfig",
  };
}

async function isAllowed(api: KubernetesApi, resourceAttributes: Right): Promise<boolean> {
  const review = await api.create(ACCESS_REVIEWS, undefined, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: ACCESS_REVIEWS.kind,
    spec: { resourceAttributes },
  });
  return AccessReview.parse(review).status.allowed;
}

/** `undefined` where these credentials may not. */
async function ifAllowed<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (failure) {
    if (failure instanceof ApiFailure && failure.status === 403) return undefined;
    throw failure;
  }
}
