import { z } from 'zod';

/** Supervisor → `up`. */
export const supervisorMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), line: z.string() }),
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('failed'), message: z.string() }),
]);
export type SupervisorMessage = z.infer<typeof supervisorMessage>;

/** `up` → supervisor, after `ready`: the stack may live on without `up`. Until then it ends when `up` does. */
export const handOver = 'keep';
