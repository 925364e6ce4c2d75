import { shortDuration } from '../../domain/go-duration.js';
import type { Incident } from '../../domain/retry/incident.js';
import type { AuditEntry } from '../../workflows/messages.js';

/**
 * What people asked, oldest first. An open workflow knows the newest 20, refused ones included; the Backup itself keeps
 * the last one that was applied, which outlives the workflow.
 */
export function requestsOf(
  incident: Incident | undefined,
  audit: readonly AuditEntry[] = [],
): readonly AuditEntry[] {
  const kept = incident?.lastRequest;
  if (kept === undefined) return audit;
  const { at, kind, by, note, summary: answer } = kept;
  const known = audit.some(
    (entry) => entry.at === at && entry.request.kind === kind && entry.result === 'applied',
  );
  return known ? audit : [{ at, request: { kind, by, note }, result: 'applied', answer }, ...audit];
}

/** One line for people. */
export function requestText({ request, result, answer }: AuditEntry): string {
  const { kind, by, note } = request;
  const who = by === undefined ? '' : ` by ${by}`;
  const why = note === undefined ? '' : ` (${note})`;
  return `${kind}${who}${why}${result === 'refused' ? ' was refused' : ''}: ${answer}`;
}

/** What people added to the budget of an incident: `3 retries and 1h`; `undefined` for nothing. */
export function extensionText({ extended }: Incident): string | undefined {
  if (extended === undefined) return undefined;
  const { retries, timeoutMs } = extended;
  const added = [
    ...(retries === 0 ? [] : [`${retries} ${retries === 1 ? 'retry' : 'retries'}`]),
    ...(timeoutMs === 0 ? [] : [shortDuration(timeoutMs)]),
  ];
  return added.length === 0 ? undefined : added.join(' and ');
}
