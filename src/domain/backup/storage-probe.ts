import { z } from 'zod';

/**
 * What a look at a Backup's storage found. `Reached`: its credentials may list the place; the others are the kinds of
 * failure of an object store. `NotProbed`: this kind of storage cannot be asked.
 */
const OUTCOMES = [
  'Reached',
  'NotProbed',
  'Unreachable',
  'Throttled',
  'NoCredentials',
  'AccessDenied',
  'ClockSkew',
  'NoBucket',
  'Conflict',
  'Malformed',
  'TooLarge',
  'Refused',
] as const;

/** The one line of JSON that a probe prints to its log. `message` is for people and holds no secret. */
export const StorageProbeResult = z.object({
  probe: z.literal('storage'),
  location: z.string(),
  outcome: z.enum(OUTCOMES),
  message: z.string(),
});
export type StorageProbeResult = z.infer<typeof StorageProbeResult>;

/** The result in a pod's log; `undefined` where it has none. */
export function probeResultIn(log: string): StorageProbeResult | undefined {
  return log
    .split(/\r?\n/)
    .filter((line) => line.startsWith('{"probe":"storage"'))
    .map(parsedLine)
    .findLast((result) => result !== undefined);
}

function parsedLine(line: string): StorageProbeResult | undefined {
  try {
    return StorageProbeResult.safeParse(JSON.parse(line)).data;
  } catch (failure) {
    // A line that the log's limit cut off.
    if (failure instanceof SyntaxError) return undefined;
    throw failure;
  }
}
