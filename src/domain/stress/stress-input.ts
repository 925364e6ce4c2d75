import { z } from 'zod';

/** A label value that is also a part of a workflow id. */
export const StressRun = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/);

const count = (max: number) => z.number().int().min(0).max(max);

/** What one run creates, and how it goes about it. */
export const StressWork = z.object({
  /** Namespaces are this and a number from 1. */
  prefix: z.string().regex(/^[a-z0-9][a-z0-9-]{0,49}$/),
  totalNamespaces: count(10_000).min(1),
  /** In each namespace. */
  deployments: count(1_000),
  /** Of each Deployment, as the next two. */
  configMaps: count(1_000),
  secrets: count(1_000),
  services: count(100),
  /** In each namespace, each with its headless Service. */
  statefulSets: count(1_000),
  /** In each namespace. */
  buildJobs: count(1_000),
  /** Of each Deployment and StatefulSet; 0 starts no pod at all: Jobs are suspended, too. */
  replicas: count(100),
  image: z.string().min(1),
  /** Calls under way at once, the whole run together. */
  maxConcurrentOperations: count(1_000).min(1),
  retry: z.object({
    maxRetries: count(100),
    initialBackoffMs: z.number().int().min(1).max(600_000),
  }),
});
export type StressWork = z.infer<typeof StressWork>;

/** Input of the workflow `stressCluster` and of its activities. */
export const StressClusterInput = z.object({
  /** `HOLDFAST_CLUSTER` of the worker that serves this Kubernetes cluster. */
  cluster: z.string().min(1),
  /** UID of the namespace kube-system there: guards against a worker with the wrong kubeconfig. */
  clusterUid: z.string().min(1),
  /** Every object of the run carries it as label `holdfast.dev/run`. */
  run: StressRun,
  /** Absent: nothing is created; what the run has left is deleted. */
  work: StressWork.optional(),
  /** Leaves what was created. Default: it is deleted at the end. */
  keep: z.boolean().optional(),
  /** The context that a person has named as the right one; needed where the worker's API server is not on loopback. */
  acknowledgedContext: z.string().min(1).optional(),
});
export type StressClusterInput = z.infer<typeof StressClusterInput>;
