import type { RungOutcome } from '../rung.js';
import type { DrillVerdict } from '../verdict.js';
import { trusted, type Html } from './html.js';

export type Mark = 'pass' | 'fail' | 'unknown' | 'warning' | 'skipped';

export const MARK_OF_OUTCOME: Readonly<Record<RungOutcome, Mark>> = {
  passed: 'pass',
  failed: 'fail',
  inconclusive: 'unknown',
  skipped: 'skipped',
};

export const MARK_OF_VERDICT: Readonly<Record<DrillVerdict, Mark>> = {
  pass: 'pass',
  fail: 'fail',
  inconclusive: 'unknown',
};

/** Shapes that differ without their color, too: a check, a cross, a question mark, an exclamation mark, a dash. */
const PATHS: Readonly<Record<Mark, string>> = {
  pass: '<path d="M4.5 8.4l2.3 2.3 4.7-5"/>',
  fail: '<path d="M5.2 5.2l5.6 5.6M10.8 5.2l-5.6 5.6"/>',
  unknown: '<path d="M6 6.1a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.3M8 11.4v.2"/>',
  warning: '<path d="M8 4.2v4.6M8 11.4v.2"/>',
  skipped: '<path d="M5.3 8h5.4"/>',
};

/** Decoration beside a word that says the same. */
export function markIcon(mark: Mark): Html {
  return trusted(
    `<svg class="mark mark-${mark}" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><circle cx="8" cy="8" r="7.5"/>${PATHS[mark]}</svg>`,
  );
}
