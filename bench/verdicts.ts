export function verdict(value: number, limit: number): string {
  return value <= limit ? 'ok' : 'OVER';
}

interface Limited {
  readonly value: number;
  readonly limit: number;
}

/** A row of "what, measured, limit, verdict". */
export function limitedRow(
  what: string,
  { value, limit }: Limited,
  text: (value: number) => string = number,
): string[] {
  return [what, text(value), text(limit), verdict(value, limit)];
}

function number(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

export function seconds(durationMs: number): string {
  return `${(durationMs / 1_000).toFixed(1)} s`;
}

export function mebibytes(size: number): string {
  return `${size.toFixed(0)} MiB`;
}

/** CPU of each server for each of `count` things, the largest first. */
export function cpuRowsOf(
  what: string,
  { cpuMs, count }: { cpuMs: ReadonlyMap<string, number>; count: number },
): string[][] {
  return [...cpuMs]
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, ms]) => [`${what}: ${name}`, `${(ms / count).toFixed(0)} ms`]);
}
