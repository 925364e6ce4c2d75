import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DrillReport } from '../../../src/domain/drill/drill-report.js';
import { renderDrillPage } from '../../../src/domain/drill/report-page.js';
import {
  bytesText,
  durationText,
  measuredText,
  timeText,
} from '../../../src/domain/drill/report-page/figures.js';
import { html } from '../../../src/domain/drill/report-page/html.js';
import { nextStepFor } from '../../../src/domain/drill/report-page/next-steps.js';
import { failedReport, history, passedReport } from '../../report/sample-reports.js';

const hostileCharacter = fc.constantFrom(
  '<',
  '>',
  '"',
  "'",
  '&',
  '/',
  '=',
  '-',
  '!',
  '\n',
  '\u202e',
  'a',
  '\u{1f600}',
);

test('a value in a template is text, whatever is in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: hostileCharacter }), (value) => {
      expect(html`${value}`.markup).not.toMatch(/[<>"'\n]/);
      expect(html`<b>${[value, html`<i>${value}</i>`]}</b>`.markup.match(/<[^>]*>/g)).toEqual([
        '<b>',
        '<i>',
        '</i>',
        '</b>',
      ]);
    }),
  );
});

test('figures are short and keep their unit', () => {
  expect([0, 1_023, 1_024, 1_572_864, 5 * 2 ** 40, 2 ** 60].map(bytesText)).toEqual([
    '0 B',
    '1023 B',
    '1 KiB',
    '1.5 MiB',
    '5 TiB',
    '1024 PiB',
  ]);
  expect([0, 340, 8_340, 59_999, 134_000, 3_900_000, 172_800_000, 280_800_000].map(durationText)).toEqual([
    '0s',
    '340ms',
    '8.3s',
    '1m',
    '2m14s',
    '1h5m',
    '2d',
    '3d6h',
  ]);
  expect(timeText(Number.MAX_SAFE_INTEGER)).toBe('unknown time');
  expect(measuredText('downloadedBytes', 2_048)).toBe('downloaded 2 KiB');
  expect(measuredText('serverStartMs', 900)).toBe('server start 900ms');
  expect(measuredText('comparedTables', 7)).toBe('7 compared tables');
});

test('every cause that the code knows has a next step, in a section that the documentation has', async () => {
  const source = await readFile(new URL('../../../src/domain/drill/drill-cause.ts', import.meta.url), 'utf8');
  const guide = await readFile(new URL('../../../docs/restore-drills.md', import.meta.url), 'utf8');
  const causes = [...source.matchAll(/\| '([a-z-]+)'/g)].map(([, cause]) => cause);
  expect(causes.length).toBeGreaterThan(40);
  const withoutHelp = causes.filter((cause) => {
    const step = nextStepFor(cause);
    return step === undefined || !guide.includes(`\n### ${step.reference}\n`);
  });
  expect(withoutHelp).toEqual([]);
});

test('a cause of a later version leaves the step out', () => {
  expect(nextStepFor('eaten-by-mice')).toBeUndefined();
  expect(renderDrillPage({ ...failedReport, rootCause: 'constructor' }, [])).not.toContain('id="next"');
});

test('this drill is in the history once, and drills of other plans are not', () => {
  const itself = {
    ...history[0],
    drill: `${passedReport.drill.workflowId}/${passedReport.drill.runId}`,
    backup: passedReport.backup,
    plan: passedReport.plan,
  };
  const page = renderDrillPage(passedReport, [
    ...history,
    { ...baseOf(history), ...itself },
    { ...baseOf(history), plan: 'other', drill: 'other/1' },
  ]);
  expect(page).toContain(`The last ${history.length + 1} drills of this plan`);
  expect(page.match(/\(this drill\)/g)).toHaveLength(1);
});

test('a self-test whose damage was found looks good, one whose damage was missed looks bad', () => {
  const selfTest = { selfTest: true, damage: 'zeroed page 4 of shop/orders.ibd' };
  const verdictOf = (report: DrillReport) =>
    /<header class="verdict ([\w-]+)"/.exec(renderDrillPage(report, []))?.[1];
  expect(verdictOf({ ...failedReport, ...selfTest })).toBe('verdict-pass');
  expect(verdictOf({ ...passedReport, ...selfTest })).toBe('verdict-fail');
  expect(verdictOf(passedReport)).toBe('verdict-pass');
});

function baseOf<Item>([item]: readonly Item[]): Item {
  if (item === undefined) throw new Error('the list is empty');
  return item;
}
