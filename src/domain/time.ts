/** RFC 3339 UTC, cut to whole seconds, as Kubernetes writes times. */
export function toRfc3339Seconds(epochMs: number): string {
  return new Date(Math.floor(epochMs / 1_000) * 1_000).toISOString().replace('.000Z', 'Z');
}

/** Epoch milliseconds, or `undefined` for what is no time. */
export function parseTime(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined) return undefined;
  const epochMs = Date.parse(text);
  return Number.isNaN(epochMs) ? undefined : epochMs;
}
