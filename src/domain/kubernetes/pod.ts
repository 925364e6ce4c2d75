import { z } from 'zod';
import { ObjectMeta } from './object-meta.js';

const Terminated = z.looseObject({
  exitCode: z.number(),
  reason: z.string().optional(),
  message: z.string().optional(),
  signal: z.number().optional(),
  finishedAt: z.string().nullish(),
});

/** One container of a pod, as the kubelet reports it. */
export const ContainerStatus = z.looseObject({
  name: z.string(),
  state: z
    .looseObject({
      running: z.looseObject({}).optional(),
      terminated: Terminated.optional(),
      waiting: z.looseObject({ reason: z.string().optional(), message: z.string().optional() }).optional(),
    })
    .optional(),
});
export type ContainerStatus = z.infer<typeof ContainerStatus>;

/** A core/v1 Pod, as far as we read it. */
export const Pod = z.looseObject({
  metadata: ObjectMeta,
  spec: z.looseObject({ nodeName: z.string().optional() }).optional(),
  status: z
    .looseObject({
      phase: z.string().optional(),
      reason: z.string().optional(),
      message: z.string().optional(),
      initContainerStatuses: z.array(ContainerStatus).nullish(),
      containerStatuses: z.array(ContainerStatus).nullish(),
    })
    .optional(),
});
export type Pod = z.infer<typeof Pod>;
