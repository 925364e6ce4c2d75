import type { DrillCause } from './drill-cause.js';
import type { DrillFacts, RungName, RungResult } from './rung.js';
import { RUNGS } from './rung.js';

export type DrillVerdict = 'pass' | 'fail' | 'inconclusive';

export interface VerdictQuestion {
  /** In any order; a rung that is absent did not run. */
  readonly results: readonly RungResult[];
  readonly facts: Partial<DrillFacts>;
  /** Rungs that must pass. */
  readonly mandatory: ReadonlySet<RungName>;
}

export interface DrillJudgement {
  readonly verdict: DrillVerdict;
  /** The rung that decided; absent where all passed. */
  readonly rung?: RungName;
  readonly summary: string;
  /** Only where no rung has said it: each of them passed, and all together prove too little. */
  readonly cause?: DrillCause;
}

/**
 * The verdict as a pure function of the rungs: one failed rung is a bad backup, whatever else is unknown; a mandatory
 * rung that did not pass leaves it open; bytes that neither a manifest nor a baseline proves leave it open too.
 */
export function verdictOf({ results, facts, mandatory }: VerdictQuestion): DrillJudgement {
  const byRung = new Map(results.map((result) => [result.rung, result]));
  for (const rung of RUNGS) {
    const result = byRung.get(rung);
    if (result?.outcome === 'failed') return { verdict: 'fail', rung, summary: result.summary };
  }
  for (const rung of RUNGS) {
    const result = byRung.get(rung);
    if (result?.outcome === 'inconclusive') return { verdict: 'inconclusive', rung, summary: result.summary };
    if (mandatory.has(rung) && result?.outcome !== 'passed') {
      return { verdict: 'inconclusive', rung, summary: `rung ${rung} did not run` };
    }
  }
  if (facts.manifest !== 'verified' && facts.baseline !== 'verified') {
    const summary = 'nothing proves the bytes: no manifest and no baseline from backup time';
    return { verdict: 'inconclusive', rung: 'checksums', summary, cause: 'unproven-bytes' };
  }
  return { verdict: 'pass', summary: 'every rung passed' };
}
