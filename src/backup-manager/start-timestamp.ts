/** BR's own word on a task that it started: `streamTaskInfo="{taskName=…,startTs=…,…}"`. */
const TASK_START = /streamTaskInfo="?\{[^}]*\bstartTs=(\d+)/;
const TSO = /^[1-9]\d*$/;
const DATE_AND_TIME = /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}/;
/** A TSO is milliseconds since the epoch with 18 bits of counter below. */
const COUNTER_BITS = 18n;

/** The start of the task that this line of BR's output names; `undefined` for every other line. */
export function startTimestampIn(line: string): string | undefined {
  return TASK_START.exec(line)?.[1];
}

/**
 * The TSO from which on the log is kept: what BR said, else what was asked for, else the moment at which BR had
 * ended, which promises rather too little than too much.
 */
export function commitTimestamp(known: {
  printed: string | undefined;
  requested: string | undefined;
  endedMs: number;
}): string {
  if (known.printed !== undefined) return known.printed;
  const requested = known.requested ?? '';
  if (isTso(requested)) return requested;
  const requestedMs = DATE_AND_TIME.test(requested) ? Date.parse(requested) : Number.NaN;
  return tsoOf(Number.isNaN(requestedMs) ? known.endedMs : requestedMs);
}

export function isTso(text: string | undefined): text is string {
  return text !== undefined && TSO.test(text);
}

function tsoOf(epochMs: number): string {
  return (BigInt(Math.trunc(epochMs)) << COUNTER_BITS).toString();
}
