import { z } from 'zod';

/** One base table at the time of the backup. Views and the server's own schemas are not listed. */
const baselineTable = z.object({
  schema: z.string(),
  table: z.string(),
  /** As `information_schema.tables` spells it: InnoDB, Aria, MyISAM. */
  engine: z.string(),
  /** Counted, not estimated. */
  rows: z.int().nonnegative(),
  /**
   * What `CHECKSUM TABLE` answers, in decimal digits; null where the engine or the server cannot tell. It depends on
   * content and column types, not on the order of pages; compare it within one major version of the server.
   */
  checksum: z.string().regex(/^\d+$/).nullable(),
});

/**
 * What a backup must contain: taken from the database itself, at exactly the transaction that the backup ends with, and
 * stored beside it as `baseline.json`. Unknown fields are ignored.
 */
export const baseline = z.object({
  version: z.literal(1),
  /** When it was measured, in UTC. */
  takenAt: z.iso.datetime(),
  /** As `SELECT VERSION()` answers. */
  serverVersion: z.string(),
  /** The state the data has, as in the backup's binlog_info, for example `0-1-4711`; '' where the server keeps no binlog. */
  gtid: z.string(),
  /** All schemas but the server's own, also those without tables; sorted. */
  schemas: z.array(z.string()),
  /** Sorted by schema and table. */
  tables: z.array(baselineTable),
  /** Data and index bytes of all listed tables as the server estimates them: a scale, not a checksum. */
  sizeBytes: z.int().nonnegative(),
  /** A row written for this backup alone, just before it. */
  canary: z.object({
    schema: z.string(),
    table: z.string(),
    /** A SELECT of one column and one row. */
    query: z.string(),
    /** Its answer as text. */
    expected: z.string(),
  }),
});
export type Baseline = z.infer<typeof baseline>;
