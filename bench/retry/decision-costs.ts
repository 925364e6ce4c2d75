import { decide, type SeenBackup } from '../../src/domain/retry/decide.js';
import { nowMs } from '../machine.js';
import { summarize } from '../statistics.js';
import { BEGUN_RECORD, SITUATIONS } from './decision-situations.js';

const CALLS_PER_SAMPLE = 100;
const WARM_UP_SAMPLES = 30;
const SAMPLES = 100;

export interface DecisionCost {
  readonly situation: string;
  /** Median of samples of 100 calls. */
  readonly microseconds: number;
}

/** How long one decision takes in each situation. */
export function measureDecisions(): DecisionCost[] {
  return [...SITUATIONS].map(([situation, seen]) => {
    const samples = Array.from({ length: WARM_UP_SAMPLES + SAMPLES }, () => sampleMicroseconds(seen));
    return { situation, microseconds: summarize(samples.slice(WARM_UP_SAMPLES)).p50 };
  });
}

/** Bytes of one record in the status, without its reasons. */
export function recordBytes(): number {
  const { retryReason: _retryReason, originalReason: _originalReason, ...record } = BEGUN_RECORD;
  return Buffer.byteLength(JSON.stringify(record));
}

function sampleMicroseconds(seen: SeenBackup): number {
  const beganMs = nowMs();
  for (let call = 0; call < CALLS_PER_SAMPLE; call += 1) decide(seen);
  return ((nowMs() - beganMs) * 1_000) / CALLS_PER_SAMPLE;
}
