import type { ProxiedCall } from './serve-call.js';

/** What an overwhelmed API server answers; no answer at all counts too. */
const TRANSIENT = new Set<number | undefined>([undefined, 429, 500, 503, 504]);

/**
 * Of the calls of one client, those that failed for now: not for what was asked, but for the state of the servers.
 * Watches, and calls under way, are left out.
 */
export function failedCalls(calls: readonly ProxiedCall[]): ProxiedCall[] {
  return calls.filter(({ status, path, open }) => !open && TRANSIENT.has(status) && !/[?&]watch=/.test(path));
}

/** Of those that failed, how many were made once more: the same method and path, later. */
export function countRetried(calls: readonly ProxiedCall[]): number {
  const nameOf = ({ method, path }: ProxiedCall) => `${method} ${path}`;
  const lastAt = new Map(calls.map((call) => [nameOf(call), call.atMs]));
  return failedCalls(calls).filter((call) => (lastAt.get(nameOf(call)) ?? 0) > call.atMs).length;
}
