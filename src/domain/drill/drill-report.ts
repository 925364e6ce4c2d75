import { z } from 'zod';
import { RUNGS } from './rung.js';

const Line = z.object({
  text: z.string(),
  /** An object key, a file below the work folder, or the program that said it. */
  source: z.string().exactOptional(),
});

const Rung = z.object({
  rung: z.enum(RUNGS),
  outcome: z.enum(['passed', 'failed', 'inconclusive', 'skipped']),
  summary: z.string(),
  evidence: z.array(Line).readonly(),
  /** Lines of evidence that were left out. */
  moreEvidence: z.number().int().positive().exactOptional(),
  warnings: z.array(Line).readonly().exactOptional(),
  cause: z.string().exactOptional(),
  /** Numbers by name with unit: `downloadedBytes`, `megabytesPerSecond`. */
  measured: z.record(z.string(), z.number()).readonly().exactOptional(),
  /** Milliseconds since the epoch; absent where the rung did not run. */
  startedMs: z.number().exactOptional(),
  durationMs: z.number().nonnegative().exactOptional(),
});

const Target = z.object({
  targetMs: z.number().positive(),
  /** Absent where the drill did not come so far that it could be measured. */
  measuredMs: z.number().nonnegative().exactOptional(),
  met: z.boolean().exactOptional(),
  /** What was measured, in words. */
  basis: z.string(),
});

/** `DrillFacts` as they travel and are kept. */
export const DrillFactsShape = z.object({
  inventoryDigest: z.string().exactOptional(),
  objects: z.number().exactOptional(),
  sizeBytes: z.number().exactOptional(),
  layout: z.enum(['directory', 'stream', 'xbcloud']).exactOptional(),
  compression: z.enum(['none', 'zstd']).exactOptional(),
  manifest: z.enum(['verified', 'absent', 'written']).exactOptional(),
  tool: z.enum(['mariadb-backup', 'xtrabackup']).exactOptional(),
  toolVersion: z.string().exactOptional(),
  serverVersion: z.string().exactOptional(),
  backupStartedAt: z.string().exactOptional(),
  backupEndedAt: z.string().exactOptional(),
  lastLsn: z.string().exactOptional(),
  binlogFile: z.string().exactOptional(),
  binlogPosition: z.number().exactOptional(),
  gtid: z.string().exactOptional(),
  drillServerVersion: z.string().exactOptional(),
  baseline: z.enum(['verified', 'absent']).exactOptional(),
  newestProvenMs: z.number().exactOptional(),
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
  store: z.object({ endpoint: z.string().exactOptional(), bucket: z.string() }),
  backup: z.object({ id: z.string(), prefix: z.string() }),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  /** The rung that decided; absent where all passed. */
  rung: z.enum(RUNGS).exactOptional(),
  summary: z.string(),
  /** Cause of the deciding rung, of a closed vocabulary. */
  rootCause: z.string().exactOptional(),
  /** Lines of the deciding rung. */
  evidence: z.array(Line).readonly(),
  /** All of them, in the order of the ladder. */
  rungs: z.array(Rung).readonly(),
  facts: DrillFactsShape,
  /** Time of the rungs that a real restore needs, too. */
  rto: Target,
  /** Age of what can be restored, when the drill began. */
  rpo: Target,
  /** Missed targets, and what the rungs warn of. They do not change the verdict. */
  warnings: z.array(Line).readonly(),
  /** The scratch copy was damaged on purpose: the drill has to fail, and its verdict is not entered in the ledger. */
  selfTest: z.boolean(),
  /** What the self-test damaged. */
  damage: z.string().exactOptional(),
  /** The drill hosts that it ran on; more than one where a host was lost. */
  hosts: z.array(z.string()).readonly(),
  startedMs: z.number(),
  finishedMs: z.number(),
});
export type DrillReport = z.output<typeof DrillReport>;
