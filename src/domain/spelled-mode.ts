import type { FieldProblem } from './field-problem.js';

/**
 * A mode that may stand in the spec under two names: the stock one, and the shorter `mode`. Absent and null are not
 * set; both set must say the same.
 * @param spellings field name → value as the API server holds it, `mode` first
 * @returns `undefined` as mode where none is set
 */
export function spelledMode<Mode extends string>(
  spellings: Readonly<Record<string, unknown>>,
  modes: readonly Mode[],
): { mode: Mode | undefined } | { problem: FieldProblem } {
  const given = Object.entries(spellings).filter(([, value]) => value !== undefined && value !== null);
  const isMode = (value: unknown): value is Mode => modes.some((mode) => mode === value);
  for (const [field, value] of given) {
    if (!isMode(value)) {
      return { problem: { path: `spec.${field}`, received: textOf(value), expected: modes.join(', ') } };
    }
  }
  const [first, second = first] = given.map(([, value]) => value).filter(isMode);
  if (first === second) return { mode: first };
  const [path, other] = given.map(([field]) => `spec.${field}`);
  return {
    problem: {
      path: path ?? 'spec',
      received: `${first}" beside ${other} "${second}`,
      expected: 'both spellings of the mode to be equal, or only one of them',
    },
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
