import { buildDrillReport } from '../../../src/domain/drill/build-report.js';
import type { DrillCause } from '../../../src/domain/drill/drill-cause.js';
import type { DrillPlan } from '../../../src/domain/drill/drill-plan.js';
import type { DrillReport } from '../../../src/domain/drill/drill-report.js';
import type { RungResult } from '../../../src/domain/drill/rung.js';

export interface ExampleDrill {
  readonly plan: DrillPlan;
  /** Of the backup: its folder, a time. */
  readonly id: string;
  readonly startedMs: number;
  readonly sizeBytes: number;
  /** Absent: every rung passed. */
  readonly cause?: DrillCause;
}

const RUNG_SECONDS = [
  ['inventory', 1],
  ['checksums', 40],
  ['unpack', 10],
  ['metadata', 0.5],
  ['pages', 18],
  ['prepare', 66],
  ['copy-back', 9],
  ['start', 4],
  ['tables', 24],
  ['data', 31],
] as const;

/** A drill that took as long as real ones do; one with a cause failed at the rung `metadata`. */
export function exampleReport({ plan, id, startedMs, sizeBytes, cause }: ExampleDrill): DrillReport {
  const ran = cause === undefined ? RUNG_SECONDS : RUNG_SECONDS.slice(0, 4);
  const results = ran.map(([rung, seconds]): RungResult => ({
    rung,
    outcome: cause !== undefined && rung === 'metadata' ? 'failed' : 'passed',
    summary: `${rung} as expected`,
    evidence: [],
    startedMs,
    durationMs: seconds * 1_000,
    ...(cause !== undefined && rung === 'metadata' && { cause }),
    ...(rung === 'checksums' && { measured: { downloadedBytes: sizeBytes - 100, megabytesPerSecond: 9 } }),
  }));
  return buildDrillReport({
    drill: { workflowId: `drill/test/${plan.name}-${startedMs}`, runId: 'run' },
    input: { cluster: 'test', plan, selfTest: false },
    backup: { id, prefix: `${plan.store.prefix}${id}/`, takenMs: startedMs - 600_000 },
    results,
    facts: {
      sizeBytes,
      manifest: 'verified',
      ...(cause === undefined && {
        backupStartedAt: '2026-11-22 02:00:11',
        backupEndedAt: '2026-11-22 02:04:41',
      }),
    },
    damage: undefined,
    hosts: ['host'],
    startedMs,
    finishedMs: startedMs + 300_000,
  });
}
