import type { DrillPlan } from '../../domain/drill/drill-plan.js';

/** `schedule.cron: "0 2 * * *" → "0 3 * * *"`, a line for each field that changes; none where nothing does. */
export function planDifference(before: DrillPlan | undefined, after: DrillPlan): string[] {
  const old = fieldsOf(before ?? {});
  const next = fieldsOf(after);
  const names = [...new Set([...old.keys(), ...next.keys()])];
  return names
    .filter((name) => old.get(name) !== next.get(name))
    .map((name) => `${name}: ${old.get(name) ?? '(unset)'} → ${next.get(name) ?? '(unset)'}`);
}

function fieldsOf(value: object, path = ''): Map<string, string> {
  const fields = new Map<string, string>();
  for (const [name, field] of Object.entries(value)) {
    const at = path === '' ? name : `${path}.${name}`;
    const isGroup = typeof field === 'object' && field !== null && !Array.isArray(field);
    if (isGroup) for (const [inner, text] of fieldsOf(field, at)) fields.set(inner, text);
    else if (field !== undefined) fields.set(at, JSON.stringify(field));
  }
  return fields;
}
