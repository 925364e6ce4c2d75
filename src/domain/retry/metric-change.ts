import type { RetryMetricState } from './metric-state.js';

/** One thing that counters count. */
export type RetryMetricChange =
  | { readonly kind: 'RetryStarted'; readonly failureClass: string }
  | {
      readonly kind: 'RetryEnded';
      readonly result: 'success' | 'failure';
      /** From the failure to the outcome of its retry; `undefined` where no record says when it failed. */
      readonly durationMs: number | undefined;
    }
  | { readonly kind: 'Exhausted' }
  | { readonly kind: 'TimedOut' };

interface Observation {
  /** As seen before by the same watch; `undefined` where the Backup had not failed then. */
  readonly before: RetryMetricState | undefined;
  readonly after: RetryMetricState;
  /** When `after` was seen, epoch milliseconds. */
  readonly nowMs: number;
}

/** What happened between two looks at one Backup, however much was missed in between. */
export function retryMetricChanges({ before, after, nowMs }: Observation): RetryMetricChange[] {
  const known = before?.incidentId === after.incidentId ? before : undefined;
  return [...startsOf(known, after), ...outcomesOf({ before: known, after, nowMs }), ...endOf(known, after)];
}

function startsOf(known: RetryMetricState | undefined, after: RetryMetricState): RetryMetricChange[] {
  return [...after.records]
    .filter(([retryNum, { started }]) => started && known?.records.get(retryNum)?.started !== true)
    .map(() => ({ kind: 'RetryStarted', failureClass: after.failureClass }));
}

function outcomesOf({ before, after, nowMs }: Observation): RetryMetricChange[] {
  // A record that was pruned since is still the start of the retry that has just ended.
  const records = new Map([...(before?.records ?? []), ...after.records]);
  return [...records].flatMap(([retryNum, { started, detectedMs }]): RetryMetricChange[] => {
    const result = started ? outcomeOf(after, retryNum) : undefined;
    const counted = before !== undefined && outcomeOf(before, retryNum) !== undefined;
    if (result === undefined || counted) return [];
    const endedMs = after.records.get(retryNum + 1)?.detectedMs ?? nowMs;
    const durationMs = detectedMs === undefined ? undefined : Math.max(0, endedMs - detectedMs);
    return [{ kind: 'RetryEnded', result, durationMs }];
  });
}

/** How a started retry of this incident ended; `undefined` while it runs. */
function outcomeOf(state: RetryMetricState, retryNum: number): 'success' | 'failure' | undefined {
  if (retryNum < state.retries || state.badEnd !== undefined) return 'failure';
  return state.incidentState === 'settled' ? 'success' : undefined;
}

function endOf(known: RetryMetricState | undefined, after: RetryMetricState): RetryMetricChange[] {
  const counted = known?.badEnd !== undefined && known.lastJobUid === after.lastJobUid;
  if (counted) return [];
  if (after.badEnd === 'RetryExhausted') return [{ kind: 'Exhausted' }];
  return after.badEnd === 'RetryTimeout' ? [{ kind: 'TimedOut' }] : [];
}
