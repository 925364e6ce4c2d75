import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  log,
  proxyActivities,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { DrillHostActivities } from '../activities/drill/drill-activities.js';
import type { DrillCause } from '../domain/drill/drill-cause.js';
import type { DrillFailureType, DrillSessionKey, OpenedSession } from '../domain/drill/drill-call.js';
import type { RunRestoreDrillInput, SelectedBackup } from '../domain/drill/drill-input.js';
import { evidence, finding } from '../domain/drill/finding.js';
import { endsLadder, lostResult, resultOf, rungsOf } from '../domain/drill/ladder.js';
import type { DrillFacts, RungFinding, RungName, RungResult } from '../domain/drill/rung.js';
import { thisDrillHost } from './drill-activity-options.js';
import type { DrillBoard } from './drill-board.js';

export interface Climb {
  readonly key: DrillSessionKey;
  readonly opened: OpenedSession;
  readonly input: RunRestoreDrillInput;
  readonly backup: SelectedBackup;
  readonly board: DrillBoard;
}

export interface ClimbedLadder {
  readonly results: readonly RungResult[];
  readonly facts: Partial<DrillFacts>;
  /** What a self-test damaged. */
  readonly damage?: string;
  /** The host is gone, with the files: why. The last result is that of the rung that was lost with it. */
  readonly lost?: string;
}

class HostLost extends Error {
  override readonly name = 'HostLost';
}

/** Runs rung after rung on one host until the ladder ends, or the host is lost. @throws CancelledFailure */
export async function climbLadder(climb: Climb): Promise<ClimbedLadder> {
  const { key, opened, input, board } = climb;
  const host = proxyActivities<DrillHostActivities>(thisDrillHost(opened.taskQueue));
  const results: RungResult[] = [];
  let climbed: ClimbedLadder = { results, facts: {} };
  for (const rung of rungsOf(input.plan)) {
    const startedMs = Date.now();
    board.show({ phase: 'Running', summary: `rung ${rung}`, running: { rung, startedMs } });
    try {
      const found = await findingOf(() => host.runRung(callOf(climb, { rung, facts: climbed.facts })));
      climbed = { ...climbed, facts: { ...climbed.facts, ...found.facts } };
      const result = resultOf(rung, found, { startedMs, finishedMs: Date.now() });
      results.push(result);
      board.show({ rungs: [...results], summary: result.summary });
      if (endsLadder(result, input.plan)) break;
      if (rung === 'unpack' && input.selfTest) {
        const damage = await hostCall(() => host.damageCopy({ key, seed: startedMs }));
        climbed = { ...climbed, damage };
      }
    } catch (failure) {
      if (!(failure instanceof HostLost)) throw failure;
      return { ...climbed, results: [...results, lostResult(rung, failure.message)], lost: failure.message };
    }
  }
  return climbed;
}

function callOf(
  { key, input, backup: { id, prefix } }: Climb,
  { rung, facts }: { rung: RungName; facts: Partial<DrillFacts> },
) {
  return { key, input, backup: { id, prefix }, rung, facts };
}

/** What keeps a rung from its work says nothing about the backup. */
async function findingOf(run: () => Promise<RungFinding>): Promise<RungFinding> {
  try {
    return await hostCall(run);
  } catch (failure) {
    if (!(failure instanceof ActivityFailure) || isCancellation(failure)) throw failure;
    const message = failure.cause?.message ?? failure.message;
    log.warn('a rung could not do its work', { reason: message });
    return finding({
      outcome: 'inconclusive',
      cause: causeOf(failure),
      summary: `the rung could not do its work: ${message}`,
      evidence: [evidence(message)],
    });
  }
}

/** @throws HostLost where the host does not answer, or gave the session up */
async function hostCall<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (failure) {
    if (!(failure instanceof ActivityFailure)) throw failure;
    const { cause } = failure;
    const isTimeout = cause instanceof TimeoutFailure && cause.timeoutType !== 'START_TO_CLOSE';
    if (isTimeout || isType(cause, 'HostStopping') || isType(cause, 'SessionLost')) {
      throw new HostLost(cause?.message ?? failure.message);
    }
    throw failure;
  }
}

function causeOf({ cause }: ActivityFailure): DrillCause {
  if (cause instanceof TimeoutFailure) return 'tool-timeout';
  if (isType(cause, 'StoreUnreachable')) return 'store-unreachable';
  return isType(cause, 'StoreRefused') ? 'store-refused' : 'internal-error';
}

function isType(cause: unknown, type: DrillFailureType): boolean {
  return cause instanceof ApplicationFailure && cause.type === type;
}
