import { randomUUID } from 'node:crypto';
import { createDrillSessions } from '../../src/activities/drill/drill-sessions.js';
import type { DrillActivityDependencies } from '../../src/activities/drill/dependencies.js';
import { buildDrillReport } from '../../src/domain/drill/build-report.js';
import { DrillPlan } from '../../src/domain/drill/drill-plan.js';
import type { DrillReport } from '../../src/domain/drill/drill-report.js';
import { endsLadder, resultOf, rungsOf } from '../../src/domain/drill/ladder.js';
import type { DrillFacts, RungResult } from '../../src/domain/drill/rung.js';
import type { CorpusAnswer } from './build-corpus.js';
import type { PublishedCase } from './corpus-case.js';

/** A drill host without Temporal, and the bucket of a corpus. */
export interface CorpusHost {
  readonly deps: DrillActivityDependencies;
  readonly store: DrillPlan['store'];
}

/** Drills one case with the product's rungs, as the workflow has them climbed; leaves nothing. */
export async function drillCase({ deps, store }: CorpusHost, item: PublishedCase): Promise<DrillReport> {
  const { prefix, backupId, layout, compression, pitrRequired } = item;
  const plan = DrillPlan.parse({
    kind: 'DrillPlan',
    name: 'corpus',
    store: { ...store, prefix },
    layout,
    compression,
    ...(pitrRequired && { pitr: { prefix: `${prefix}binlogs/` } }),
  });
  const input = { cluster: 'corpus', plan, selfTest: false };
  const backup = { id: backupId, prefix: `${prefix}${backupId}/` };
  const key = { workflowId: `drill/corpus/${item.id}`, runId: randomUUID(), session: 1 };
  const startedMs = deps.now();
  const sessions = createDrillSessions(deps);
  await sessions.open(key);
  try {
    const results: RungResult[] = [];
    let facts: Partial<DrillFacts> = {};
    for (const rung of rungsOf(plan)) {
      const rungStartedMs = deps.now();
      const call = { key, input, backup, rung, facts };
      const found = await sessions.runRung({
        call,
        signal: deps.stopping,
        attempt: 1,
        progress: () => undefined,
      });
      facts = { ...facts, ...found.facts };
      const result = resultOf(rung, found, { startedMs: rungStartedMs, finishedMs: deps.now() });
      results.push(result);
      if (endsLadder(result, plan)) break;
    }
    const drill = { workflowId: key.workflowId, runId: key.runId };
    const finishedMs = deps.now();
    return buildDrillReport({
      drill,
      input,
      backup,
      results,
      facts,
      damage: undefined,
      hosts: [deps.host.id],
      startedMs,
      finishedMs,
    });
  } finally {
    await sessions.close(key);
  }
}

/** Whether a report says what must be said: the verdict, and one of the rungs that may rightly see it first. */
export function isRight(
  { verdict, rung }: Pick<DrillReport, 'verdict' | 'rung'>,
  { verdict: expected, rungs }: Pick<CorpusAnswer, 'verdict' | 'rungs'>,
): boolean {
  if (verdict !== expected) return false;
  return rungs.length === 0 ? rung === undefined : rungs.some((some) => some === rung);
}
