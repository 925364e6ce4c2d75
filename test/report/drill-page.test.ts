import { expect, test } from 'vitest';
import { visible } from '../../src/domain/drill/finding.js';
import type { DrillReport } from '../../src/domain/drill/drill-report.js';
import { renderDrillPage } from '../../src/domain/drill/report-page.js';
import { examinePage, type ColorScheme, type Seen } from './examine-page.js';
import {
  failedReport,
  history,
  hostileReport,
  hostileText,
  inconclusiveReport,
  passedReport,
} from './sample-reports.js';

const schemes = ['light', 'dark'] as const;

async function seenOf(report: DrillReport, scheme: ColorScheme): Promise<Seen[]> {
  return examinePage(renderDrillPage(report, history), { scheme });
}

/** Of a list that has one, or the test ends here. */
function first<Item>([item]: readonly Item[]): Item {
  if (item === undefined) throw new Error('nothing was examined');
  return item;
}

test.each(schemes)(
  'a bad backup shows verdict, failing rung, its evidence and targets, in %s',
  async (scheme) => {
    for (const page of await seenOf(failedReport, scheme)) {
      expect(page.verdict).toBe('Fail');
      expect(page.sentence).toBe('Backup 20261122T020011Z is bad: do not count on it.');
      expect(page.ladder.map(({ rung, outcome }) => `${rung} ${outcome}`)).toEqual(
        failedReport.rungs.map(({ rung, outcome }) => `${rung} ${outcome}`),
      );
      const failing = page.ladder.find(({ outcome }) => outcome === 'failed');
      expect(failing?.rung).toBe('pages');
      expect(failing?.visibleLines).toEqual(failedReport.evidence.map(({ text }) => text));
      expect(page.nextStep).toContain('Take a new full backup now');
      expect(page.targets.map(([, ...cells]) => cells)).toEqual([
        ['not measured', '4h', 'unknown'],
        ['not measured', '15m', 'unknown'],
      ]);
    }
  },
);

test.each(schemes)(
  'a good backup shows its targets and keeps warnings folded in the ladder, in %s',
  async (scheme) => {
    for (const page of await seenOf(passedReport, scheme)) {
      expect(page.verdict).toBe('Pass');
      expect(page.nextStep).toBeNull();
      expect(page.targets.map(([, ...cells]) => cells)).toEqual([
        ['2m28s', '4h', 'met'],
        ['19m20s', '15m', 'missed'],
      ]);
      const warned = page.ladder.find(({ rung }) => rung === 'metadata');
      expect(warned?.visibleLines).toEqual([]);
      expect(warned?.allLines).toEqual(page.warnings);
      expect(page.points).toHaveLength(2);
      expect(page.points[0]).toMatch(/^09-06 1\.1 GiB pass, .*10-25 .* fail, .*11-22 1\.42 GiB pass$/);
    }
  },
);

test('what could not be told is neither called good nor bad', async () => {
  const page = first(await seenOf(inconclusiveReport, 'light'));
  expect(page.verdict).toBe('Inconclusive');
  expect(page.sentence).toBe('It is not known whether backup 20261122T020011Z can be restored.');
  expect(page.ladder.find(({ outcome }) => outcome === 'inconclusive')?.visibleLines).toEqual(
    inconclusiveReport.evidence.map(({ text }) => text),
  );
});

test.each(schemes)(
  'every text has a contrast of 4.5 : 1 in %s, and nothing scrolls sideways',
  async (scheme) => {
    for (const report of [failedReport, passedReport, inconclusiveReport, hostileReport]) {
      for (const page of await seenOf(report, scheme)) {
        expect(page.faint).toEqual([]);
        expect(page.contentWidth).toBeLessThanOrEqual(page.width);
      }
    }
  },
);

test('the page follows the color scheme of its reader', async () => {
  const [light, dark] = await Promise.all(schemes.map((scheme) => seenOf(failedReport, scheme)));
  expect(light?.map(({ background }) => background)).toEqual(['rgb(244, 246, 248)', 'rgb(244, 246, 248)']);
  expect(dark?.map(({ background }) => background)).toEqual(['rgb(13, 17, 23)', 'rgb(13, 17, 23)']);
});

test('what a hostile bucket wrote stays text: nothing runs, nothing is loaded', async () => {
  for (const page of await seenOf(hostileReport, 'light')) {
    expect(page.active).toEqual([]);
    expect(page.requests).toEqual([]);
    const shown = visible(hostileText);
    expect(page.title).toContain(shown);
    expect(page.sentence).toContain(shown);
    expect(page.warnings).toEqual([shown]);
    expect(page.ladder.find(({ outcome }) => outcome === 'failed')?.visibleLines).toEqual([shown, shown]);
  }
});
