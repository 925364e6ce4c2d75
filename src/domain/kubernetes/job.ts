import { z } from 'zod';
import { ObjectMeta } from './object-meta.js';

/** A condition of a Job: Complete, Failed, FailureTarget, SuccessCriteriaMet, Suspended. */
export const JobCondition = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  lastTransitionTime: z.string().nullish(),
});
export type JobCondition = z.infer<typeof JobCondition>;

/** A batch/v1 Job, as far as we read it; the rest is kept, so that it can be written again unchanged. */
export const Job = z.looseObject({
  metadata: ObjectMeta,
  spec: z.looseObject({ suspend: z.boolean().optional() }),
  status: z.looseObject({ conditions: z.array(JobCondition).nullish() }).optional(),
});
export type Job = z.infer<typeof Job>;
