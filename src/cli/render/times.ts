import { parseTime, toRfc3339Seconds } from '../../domain/time.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** As kubectl prints ages, two units at most: `45s`, `3m10s`, `2h5m`, `26h`, `12d`. */
export function shortAge(durationMs: number): string {
  const totalMs = Math.max(0, durationMs);
  if (totalMs >= 2 * DAY_MS) return `${Math.floor(totalMs / DAY_MS)}d`;
  if (totalMs >= 10 * HOUR_MS) return `${Math.floor(totalMs / HOUR_MS)}h`;
  if (totalMs >= HOUR_MS) return twoUnits(totalMs, { largeMs: HOUR_MS, smallMs: MINUTE_MS, units: 'hm' });
  if (totalMs >= MINUTE_MS) return twoUnits(totalMs, { largeMs: MINUTE_MS, smallMs: SECOND_MS, units: 'ms' });
  return `${Math.floor(totalMs / SECOND_MS)}s`;
}

function twoUnits(
  totalMs: number,
  { largeMs, smallMs, units }: { largeMs: number; smallMs: number; units: 'hm' | 'ms' },
): string {
  const rest = Math.floor((totalMs % largeMs) / smallMs);
  return `${Math.floor(totalMs / largeMs)}${units[0]}${rest === 0 ? '' : `${rest}${units[1]}`}`;
}

/** `in 24s`, `3m ago`. */
export function relativeTime(atMs: number, nowMs: number): string {
  return atMs > nowMs
    ? `in ${shortAge(Math.ceil((atMs - nowMs) / 1_000) * 1_000)}`
    : `${shortAge(nowMs - atMs)} ago`;
}

/** `2026-11-21 10:31:30Z`: UTC, for people. */
export function utc(atMs: number): string {
  return toRfc3339Seconds(atMs).replace('T', ' ');
}

/** `2026-11-21 10:31:30Z (in 24s)`; what is no time is shown as it is. */
export function timeWithAge(text: string, nowMs: number): string {
  const atMs = parseTime(text);
  return atMs === undefined ? text : `${utc(atMs)} (${relativeTime(atMs, nowMs)})`;
}

/** Age of something that was created then; `?` where nothing says when. */
export function ageOf(text: string, nowMs: number): string {
  const atMs = parseTime(text);
  return atMs === undefined ? '?' : shortAge(nowMs - atMs);
}
