import { pino, type Logger } from 'pino';

export type { Logger };

/** One line of JSON per entry on stdout, or lines for people. Fields are stable; secrets never get here. */
export function createLogger({ level, format }: { level: string; format: 'json' | 'pretty' }): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    ...(format === 'pretty' && {
      transport: {
        target: 'pino-pretty',
        options: { colorize: process.stdout.isTTY && !process.env['NO_COLOR'] },
      },
    }),
  });
}
