import { z } from 'zod';

/** Owner → guardian. `signal` goes to the whole process group of the server. */
export type GuardianRequest =
  | {
      type: 'spawn';
      id: number;
      command: string;
      args: readonly string[];
      env: Readonly<Record<string, string>>;
      cwd: string;
      /** Standard output and error are appended to this file. */
      logFile: string;
    }
  | { type: 'signal'; pid: number; signal: string };

/** Guardian → owner. */
export const guardianReply = z.discriminatedUnion('type', [
  z.object({ type: z.literal('spawned'), id: z.number(), pid: z.number() }),
  z.object({ type: z.literal('spawnFailed'), id: z.number(), message: z.string() }),
  z.object({
    type: z.literal('exited'),
    pid: z.number(),
    code: z.number().nullable(),
    signal: z.string().nullable(),
  }),
]);
export type GuardianReply = z.infer<typeof guardianReply>;

/** How a server ended: by itself (`code`) or by a signal. */
export interface ServerExit {
  code: number | null;
  signal: string | null;
}
