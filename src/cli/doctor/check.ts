/** One question that `doctor` or a diagnosis asks, and its answer. */
export interface Check {
  readonly area: 'Findings' | 'Temporal' | 'Kubernetes' | 'Worker' | 'Backups' | 'Restores' | 'Drills';
  readonly name: string;
  /** `warn` works, but look at it; `skip` could not be looked at, which says nothing. */
  readonly verdict: 'ok' | 'warn' | 'fail' | 'skip';
  readonly found: string;
  /** What to do about it. */
  readonly mend?: string;
}

/** The first few of many, for one line. */
export function someOf(names: readonly string[], limit = 8): string {
  const rest = names.length - limit;
  return names.slice(0, limit).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
