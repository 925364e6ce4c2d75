import { z } from 'zod';

/** An Event on a Backup, as far as tests look at it. */
export const BackupEvent = z.object({
  metadata: z.object({ name: z.string(), resourceVersion: z.string() }),
  type: z.string(),
  reason: z.string(),
  message: z.string(),
});
export type BackupEvent = z.infer<typeof BackupEvent>;
