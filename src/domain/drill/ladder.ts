import type { DrillCause } from './drill-cause.js';
import { evidence } from './finding.js';
import type { DrillPlan } from './drill-plan.js';
import { RUNGS, type RungFinding, type RungName, type RungResult } from './rung.js';

/** A rung that failed leaves what the next one needs: with `collectAll` a drill goes on after it. */
const LEAVES_ENOUGH: ReadonlySet<RungName> = new Set(['inventory', 'checksums', 'pages', 'tables', 'data']);

/** The rungs that a plan asks for, in their order. All of them must pass. */
export function rungsOf({ pitr }: Pick<DrillPlan, 'pitr'>): RungName[] {
  return RUNGS.filter((rung) => rung !== 'pitr' || pitr !== undefined);
}

/** Whether the ladder ends with this rung. Bytes that nothing proves are no reason to go on, except for all the evidence. */
export function endsLadder(
  { rung, outcome, cause }: Pick<RungResult, 'rung' | 'outcome' | 'cause'>,
  { collectAll }: { collectAll: boolean },
): boolean {
  if (outcome === 'passed') return false;
  if (!collectAll || !LEAVES_ENOUGH.has(rung)) return true;
  return outcome === 'inconclusive' && cause !== 'unproven-bytes';
}

/** A finding as it stands in the report. */
export function resultOf(
  rung: RungName,
  { facts: _facts, ...found }: RungFinding,
  { startedMs, finishedMs }: { startedMs: number; finishedMs: number },
): RungResult {
  return { rung, ...found, startedMs, durationMs: Math.max(0, finishedMs - startedMs) };
}

/** Every rung, with those that did not run as skipped. */
export function wholeLadder(
  results: readonly RungResult[],
  plan: Pick<DrillPlan, 'pitr'>,
): readonly RungResult[] {
  const asked = new Set(rungsOf(plan));
  const last = results.at(-1)?.rung;
  return RUNGS.map(
    (rung) =>
      results.find((result) => result.rung === rung) ?? {
        rung,
        outcome: 'skipped' as const,
        summary: asked.has(rung) ? `the drill ended with ${last ?? 'nothing'}` : 'not asked for',
        evidence: [],
      },
  );
}

/** What a rung found whose host was lost, the last time that the drill could move. */
export function lostResult(rung: RungName, message: string): RungResult {
  const cause: DrillCause = 'host-lost';
  const summary = `the drill lost its host too often: ${message}`;
  return { rung, outcome: 'inconclusive', cause, summary, evidence: [evidence(message)] };
}
