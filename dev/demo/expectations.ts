import { isDeepStrictEqual } from 'node:util';
import type { Screen } from './screen.js';

/** One thing that must be so at the end of a scene, and what there was. */
export interface Expectation {
  readonly subject: string;
  /** A sentence without its subject: `has two records`. */
  readonly claim: string;
  readonly met: boolean;
  readonly expected: string;
  readonly seen: string;
}

/** Met when both are deeply equal; values are plain JSON. */
export function expectEqual(question: {
  subject: string;
  claim: string;
  expected: unknown;
  seen: unknown;
}): Expectation {
  const { subject, claim, expected, seen } = question;
  const met = isDeepStrictEqual(expected, seen);
  return { subject, claim, met, expected: asText(expected), seen: asText(seen) };
}

/** Met when the text is there and matches. */
export function expectMatch(question: {
  subject: string;
  claim: string;
  pattern: RegExp;
  seen: string | undefined;
}): Expectation {
  const { subject, claim, pattern, seen } = question;
  return {
    subject,
    claim,
    met: pattern.test(seen ?? ''),
    expected: `a text that matches ${String(pattern)}`,
    seen: asText(seen),
  };
}

/** One line for each that was met; what was expected and what was seen for the others. */
export function showExpectations(screen: Screen, expectations: readonly Expectation[]): void {
  for (const { subject, claim, met, expected, seen } of expectations) {
    if (met) {
      screen.line(`  ${screen.paint('green', 'as expected')}  ${subject} ${claim}`);
      continue;
    }
    screen.line(`  ${screen.paint('red', 'DIFFERS')}      ${subject} ${claim}`);
    screen.line(`               expected: ${expected}`);
    screen.line(`               seen:     ${seen}`);
  }
}

function asText(value: unknown): string {
  return value === undefined ? '(nothing)' : JSON.stringify(value);
}
