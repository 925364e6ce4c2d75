import { z } from 'zod';
import { RUNGS } from './rung.js';

const Line = z.object({
  text: z.string(),
  /** An object key, a file below the work folder, or the program that said it. */
  source: z.string().optional(),
});

const Rung = z.object({
  rung: z.enum(RUNGS),
  outcome: z.enum(['passed', 'failed', 'inconclusive', 'skipped']),
  summary: z.string(),
  evidence: z.array(Line).readonly(),
  /** Lines of evidence that were left out. */
  moreEvidence: z.number().int().positive().optional(),
  warnings: z.array(Line).readonly().optional(),
  cause: z.string().optional(),
  /** Numbers by name with unit: `downloadedBytes`, `megabytesPerSecond`. */
  measured: z.record(z.string(), z.number()).readonly().optional(),
  /** Milliseconds since the epoch; absent where the rung did not run. */
  startedMs: z.number().optional(),
  durationMs: z.number().nonnegative().optional(),
});

const Target = z.object({
  targetMs: z.number().positive(),
  /** Absent where the drill did not come so far that it could be measured. */
  measuredMs: z.number().nonnegative().optional(),
  met: z.boolean().optional(),
  /** What was measured, in words. */
  basis: z.string(),
});

const Facts = z.object({
  inventoryDigest: z.string().optional(),
  objects: z.number().optional(),
  sizeBytes: z.number().optional(),
  layout: z.enum(['directory', 'stream', 'xbcloud']).optional(),
  compression: z.enum(['none', 'zstd']).optional(),
  manifest: z.enum(['verified', 'absent', 'written']).optional(),
  tool: z.enum(['mariadb-backup', 'xtrabackup']).optional(),
  toolVersion: z.string().optional(),
  serverVersion: z.string().optional(),
  backupStartedAt: z.string().optional(),
  backupEndedAt: z.string().optional(),
  lastLsn: z.string().optional(),
  binlogFile: z.string().optional(),
  binlogPosition: z.number().optional(),
  gtid: z.string().optional(),
  drillServerVersion: z.string().optional(),
  baseline: z.enum(['verified', 'absent']).optional(),
  newestProvenMs: z.number().optional(),
});

/**
 * What a drill found out: the result of the workflow `runRestoreDrill`, and the object `report.json` of the ledger.
 * Published as docs/schemas/drill-report.v1.json: another shape is another version.
 */
export const DrillReport = z.object({
  version: z.literal(1),
  /** Workflow id and run id: one drill for ever. */
  drill: z.object({ workflowId: z.string(), runId: z.string() }),
  cluster: z.string(),
  plan: z.string(),
  /** Where the backup lies; no credentials. */
  store: z.object({ endpoint: z.string().optional(), bucket: z.string() }),
  backup: z.object({ id: z.string(), prefix: z.string() }),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  /** The rung that decided; absent where all passed. */
  rung: z.enum(RUNGS).optional(),
  summary: z.string(),
  /** Cause of the deciding rung, of a closed vocabulary. */
  rootCause: z.string().optional(),
  /** Lines of the deciding rung. */
  evidence: z.array(Line).readonly(),
  /** All of them, in the order of the ladder. */
  rungs: z.array(Rung).readonly(),
  facts: Facts,
  /** Time of the rungs that a real restore needs, too. */
  rto: Target,
  /** Age of what can be restored, when the drill began. */
  rpo: Target,
  /** Missed targets, and what the rungs warn of. They do not change the verdict. */
  warnings: z.array(Line).readonly(),
  /** The scratch copy was damaged on purpose: the drill has to fail, and its verdict is not entered in the ledger. */
  selfTest: z.boolean(),
  /** What the self-test damaged. */
  damage: z.string().optional(),
  /** The drill hosts that it ran on; more than one where a host was lost. */
  hosts: z.array(z.string()).readonly(),
  startedMs: z.number(),
  finishedMs: z.number(),
});
export type DrillReport = z.output<typeof DrillReport>;
