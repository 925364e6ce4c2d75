import { z } from 'zod';

const Person = {
  /** Who asks, as the client names them: `alice@laptop`. */
  by: z.string().optional(),
  /** Why, in their own words. */
  note: z.string().optional(),
};

/** What a person asks of one incident. The workflow's update handlers make it from their arguments. */
export const PersonRequest = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('retryNow'), forceDeletePod: z.boolean().optional(), ...Person }),
  z.object({
    kind: z.literal('extendBudget'),
    /** Retries to add. */
    retries: z.number().int().nonnegative().optional(),
    /** Milliseconds to add to the retry time-out. */
    timeoutMs: z.number().nonnegative().optional(),
    ...Person,
  }),
  z.object({ kind: z.literal('stopRetrying'), ...Person }),
  z.object({ kind: z.literal('resumeRetrying'), ...Person }),
]);
export type PersonRequest = z.infer<typeof PersonRequest>;

/** A request that was written to the Backup. */
export const AppliedRequest = z.object({
  /** The id of the update: an activity that is repeated after its write finds its own answer. */
  id: z.string(),
  kind: z.enum(['retryNow', 'extendBudget', 'stopRetrying', 'resumeRetrying']),
  /** RFC 3339 UTC. */
  at: z.string(),
  ...Person,
  /** What came of it, one sentence. */
  summary: z.string(),
});
export type AppliedRequest = z.infer<typeof AppliedRequest>;

/** What `applyRequest` tells the workflow. `at` is RFC 3339 UTC. */
export type RequestAnswer =
  | { readonly result: 'applied'; readonly summary: string; readonly at: string }
  | { readonly result: 'refused'; readonly reason: string; readonly at: string };
