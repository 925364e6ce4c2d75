import { z } from 'zod';

// The part of a Pod that the node agent reads; everything else is dropped while parsing.

const EnvVar = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z
    .object({
      secretKeyRef: z
        .object({ name: z.string(), key: z.string(), optional: z.boolean().optional() })
        .optional(),
      configMapKeyRef: z
        .object({ name: z.string(), key: z.string(), optional: z.boolean().optional() })
        .optional(),
      fieldRef: z.object({ fieldPath: z.string() }).optional(),
    })
    .optional(),
});
export type EnvVar = z.infer<typeof EnvVar>;

export const Container = z.object({
  name: z.string(),
  image: z.string().default(''),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  env: z.array(EnvVar).default([]),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })).default([]),
});
export type Container = z.infer<typeof Container>;

const ContainerStatusSeen = z.object({
  name: z.string(),
  state: z.object({ running: z.object({ startedAt: z.string().nullish() }).optional() }).default({}),
});

export const Pod = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    deletionTimestamp: z.string().optional(),
    deletionGracePeriodSeconds: z.number().optional(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({
    nodeName: z.string().optional(),
    restartPolicy: z.enum(['Always', 'OnFailure', 'Never']).default('Always'),
    serviceAccountName: z.string().default('default'),
    schedulingGates: z.array(z.object({ name: z.string() })).default([]),
    initContainers: z.array(Container).default([]),
    containers: z.array(Container),
    volumes: z.array(z.object({ name: z.string(), emptyDir: z.unknown().optional() })).default([]),
  }),
  status: z
    .object({
      phase: z.string().default('Pending'),
      containerStatuses: z.array(ContainerStatusSeen).default([]),
    })
    .default({ phase: 'Pending', containerStatuses: [] }),
});
export type Pod = z.infer<typeof Pod>;

export function podPath({ metadata }: Pod): string {
  return `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
}

/** `namespace/name`, for messages. */
export function podName({ metadata }: Pod): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** True when nothing of the pod runs any more and nothing will. */
export function hasEnded(pod: Pod): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
}
