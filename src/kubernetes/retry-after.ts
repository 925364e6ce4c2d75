/** A server that asks for more is not obeyed beyond this: five minutes. */
const MAX_MS = 300_000;

/**
 * What `Retry-After` asks for, milliseconds: seconds, or a moment as an HTTP date (RFC 9110, 10.2.3).
 * @returns `undefined` where it asks for nothing, or cannot be read
 */
export function retryAfterMsOf(
  header: string | readonly string[] | undefined,
  nowMs: number,
): number | undefined {
  const text = typeof header === 'string' ? header.trim() : header?.[0]?.trim();
  if (text === undefined || text === '') return undefined;
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return waitMs > 0 ? Math.min(waitMs, MAX_MS) : undefined;
}
