import { z } from 'zod';

/** Input of the workflow `watchDrillPlans` and of its activity. */
export const WatchDrillPlansInput = z.object({
  /** `HOLDFAST_CLUSTER` of the drill hosts. */
  cluster: z.string().min(1),
});
export type WatchDrillPlansInput = z.infer<typeof WatchDrillPlansInput>;
