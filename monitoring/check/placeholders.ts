import { secondsOf } from '../prometheus-duration.js';
import type { RuleValues } from '../values.js';

const PLACEHOLDER = /\$\{([^}]*)\}/g;

/**
 * Fills `${...}` with a number made of values and numbers: `${watch.staleAfter + 60}`, `${logBackup.persistentAfter / 60}`.
 * A duration counts in seconds. From left to right, `*` and `/` before `+` and `-`, a space on either side of each.
 * @throws Error for a name that no value has, and for what is no number
 */
export function fillPlaceholders(text: string, values: RuleValues): string {
  return text.replaceAll(PLACEHOLDER, (_placeholder, expression: string) =>
    String(sum(expression.trim(), values)),
  );
}

function sum(expression: string, values: RuleValues): number {
  const [first = '', ...rest] = expression.split(/ ([+-]) /);
  return inPairs(rest).reduce(
    (total, [sign, term]) => total + (sign === '-' ? -1 : 1) * product(term, values),
    product(first, values),
  );
}

function product(term: string, values: RuleValues): number {
  const [first = '', ...rest] = term.split(/ ([*/]) /);
  return inPairs(rest).reduce(
    (total, [sign, factor]) =>
      sign === '*' ? total * amount(factor, values) : total / amount(factor, values),
    amount(first, values),
  );
}

function inPairs(words: readonly string[]): [string, string][] {
  return words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1] ?? '']] : []));
}

function amount(word: string, values: RuleValues): number {
  if (/^\d+(\.\d+)?$/.test(word)) return Number(word);
  const value = word.split('.').reduce<unknown>(fieldOf, values);
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return secondsOf(value);
  throw new Error(`values.yaml has no number and no duration ${word}`);
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}
