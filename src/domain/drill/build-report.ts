import { shortDuration } from '../go-duration.js';
import type { RunRestoreDrillInput, SelectedBackup } from './drill-input.js';
import type { DrillReport } from './drill-report.js';
import { rungsOf, wholeLadder } from './ladder.js';
import type { DrillFacts, Evidence, RungResult } from './rung.js';
import { rpoOf, rtoOf } from './targets.js';
import { verdictOf } from './verdict.js';

/** All that a report is made of. */
export interface DrillRecord {
  readonly drill: DrillReport['drill'];
  readonly input: RunRestoreDrillInput;
  readonly backup: SelectedBackup;
  readonly results: readonly RungResult[];
  readonly facts: Partial<DrillFacts>;
  readonly damage: string | undefined;
  readonly hosts: readonly string[];
  readonly startedMs: number;
  readonly finishedMs: number;
}

/** The whole answer of a drill, as a pure function of what the rungs found. */
export function buildDrillReport(record: DrillRecord): DrillReport {
  const { input, backup, results, facts, startedMs, damage } = record;
  const { plan } = input;
  const { cause, ...judgement } = verdictOf({ results, facts, mandatory: new Set(rungsOf(plan)) });
  const rungs = wholeLadder(results, plan);
  const decided = rungs.find(({ rung }) => rung === judgement.rung);
  const rootCause = cause ?? decided?.cause;
  const rto = rtoOf(results, plan);
  const { id, prefix, takenMs } = backup;
  const proven = judgement.verdict === 'pass';
  const rpo = rpoOf({ targets: plan.targets, proven, facts, takenMs, atMs: startedMs });
  const { endpoint, bucket } = plan.store;
  return {
    version: 1,
    drill: record.drill,
    cluster: input.cluster,
    plan: plan.name,
    store: { ...(endpoint !== undefined && { endpoint: withoutUser(endpoint) }), bucket },
    backup: { id, prefix },
    ...judgement,
    ...(rootCause !== undefined && { rootCause }),
    evidence: cause === undefined ? (decided?.evidence ?? []) : (decided?.warnings ?? []),
    rungs,
    facts,
    rto,
    rpo,
    warnings: [...missed('RTO', rto), ...missed('RPO', rpo), ...rungs.flatMap(warningsOf)],
    selfTest: input.selfTest,
    ...(damage !== undefined && { damage }),
    hosts: record.hosts,
    startedMs,
    finishedMs: record.finishedMs,
  };
}

function missed(name: 'RTO' | 'RPO', { targetMs, measuredMs, met, basis }: DrillReport['rto']): Evidence[] {
  if (met !== false || measuredMs === undefined) return [];
  const text = `${name} missed: ${shortDuration(measuredMs)}, target ${shortDuration(targetMs)} (${basis}); the verdict is about the backup and does not change`;
  return [{ text }];
}

function warningsOf({ rung, warnings = [] }: RungResult): Evidence[] {
  return warnings.map(({ text, source }) => ({ text, source: source ?? rung }));
}

/** `https://user:password@host` is a URL, too. */
function withoutUser(endpoint: string): string {
  return endpoint.replace(/\/\/[^/@]*@/, '//');
}
