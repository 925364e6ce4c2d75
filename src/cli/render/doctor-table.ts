import type { Check } from '../doctor/check.js';
import { oneLine } from './one-line.js';
import { paint, type Tone } from './tones.js';

const TONE: Readonly<Record<Check['verdict'], Tone>> = {
  ok: 'good',
  warn: 'warning',
  fail: 'bad',
  skip: 'faint',
};

/** One line per check, under its area; below it what to do. */
export function renderChecks(checks: readonly Check[], { colour }: { colour: boolean }): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const areas = [...new Set(checks.map(({ area }) => area))];
  return areas
    .map((area) => {
      const own = checks.filter((check) => check.area === area);
      return [area, ...own.flatMap((check) => checkLines(check, { width, colour }))].join('\n');
    })
    .join('\n');
}

function checkLines(
  { verdict, name, found, mend }: Check,
  { width, colour }: { width: number; colour: boolean },
): string[] {
  const mark = paint(verdict.padEnd(4), { tone: TONE[verdict], colour });
  return [
    `  ${mark}  ${name.padEnd(width)}  ${oneLine(found)}`,
    ...(mend === undefined ? [] : [`        ${' '.repeat(width)}→ ${oneLine(mend)}`]),
  ];
}
