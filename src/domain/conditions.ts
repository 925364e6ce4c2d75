/** What the conditions of Backups and Restores have in common. */
interface Condition {
  readonly type: string;
  readonly status: string;
  readonly command?: string | undefined;
  readonly lastTransitionTime?: string | null | undefined;
}

/** One entry per type, as every reader looks them up; the time moves only with the status. */
export function withCondition<Entry extends Condition>(
  conditions: readonly Entry[],
  condition: Entry,
): Entry[] {
  const old = conditions.find(({ type }) => type === condition.type);
  if (old === undefined) return [...conditions, condition];
  const replacement: Entry = {
    ...condition,
    ...(old.command !== undefined && { command: old.command }),
    ...(old.status === condition.status &&
      old.lastTransitionTime != null && { lastTransitionTime: old.lastTransitionTime }),
  };
  return conditions
    .filter((entry) => entry === old || entry.type !== condition.type)
    .map((entry) => (entry === old ? replacement : entry));
}
