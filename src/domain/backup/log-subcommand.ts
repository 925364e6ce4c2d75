import { z } from 'zod';

/** The five things that a log backup's Job can do; each has a Job name and a sub-status of its own. */
export const LogSubcommand = z.enum(['log-start', 'log-stop', 'log-pause', 'log-resume', 'log-truncate']);
export type LogSubcommand = z.infer<typeof LogSubcommand>;
