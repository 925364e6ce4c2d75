/**
 * Go's duration syntax, as TiDB Operator reads it (`time.ParseDuration`): a sign, then decimal numbers with a unit,
 * for example `1h30m`, `1.5s`, `300ms`; a bare `0` is allowed, a bare `30` is not.
 */
const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;
/** Go keeps durations in an int64 of nanoseconds. */
const MAX_MS = 2 ** 63 / 1e6;

/** Milliseconds, or `undefined` for what Go would refuse. */
export function parseGoDuration(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1;
  const unsigned = text.replace(/^[+-]/, '');
  if (unsigned === '0') return 0;
  if (unsigned === '') return undefined;
  let totalMs = 0;
  PART.lastIndex = 0;
  while (PART.lastIndex < unsigned.length) {
    const part = PART.exec(unsigned);
    const unitMs = UNIT_MS[part?.[2] ?? ''];
    if (part === null || unitMs === undefined) return undefined;
    totalMs += Number(part[1]) * unitMs;
  }
  return totalMs < MAX_MS ? sign * totalMs : undefined;
}

/** As Go prints it, whole milliseconds: `1h30m0s`, `90ms`, `1m0.5s`. */
export function formatGoDuration(durationMs: number): string {
  const sign = durationMs < 0 ? '-' : '';
  const totalMs = Math.round(Math.abs(durationMs));
  if (totalMs === 0) return '0s';
  if (totalMs < 1_000) return `${sign}${totalMs}ms`;
  const hours = Math.floor(totalMs / 3_600_000);
  const minutes = Math.floor((totalMs % 3_600_000) / 60_000);
  const seconds = (totalMs % 60_000) / 1_000;
  const head = hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : '';
  return `${sign}${head}${seconds}s`;
}

/** For people: without the trailing zero units that Go prints (`2h`, `1m30s`, `60s` stays `1m`). */
export function shortDuration(durationMs: number): string {
  return formatGoDuration(durationMs).replace(/m0s$/, 'm').replace(/h0m$/, 'h');
}
