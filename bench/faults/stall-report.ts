import { z } from 'zod';

/**
 * A seed here lets every world of the end-to-end tests run on a three-member etcd that stalls at random. The stalls
 * begin when the world is there, the deadlines of tests are longer, and their own calls ride the stalls out.
 */
export const STALLS_VARIABLE = 'HOLDFAST_E2E_STALLS';
/** A file to which each such world adds what it counted at its end: one line of JSON (`StallCounts`). */
export const STALLS_REPORT_VARIABLE = 'HOLDFAST_E2E_STALLS_REPORT';

/** What happened to the workers of one world. */
export const StallCounts = z.object({
  stalls: z.number(),
  calls: z.number(),
  /** Calls that failed for the state of the servers, watches left out. */
  failedCalls: z.number(),
  /** Of those, how many were made once more. */
  retriedCalls: z.number(),
});
export type StallCounts = z.infer<typeof StallCounts>;
