import type { DrillReport } from '../drill-report.js';
import { bytesText, durationText, timeText } from './figures.js';
import { html, type Html } from './html.js';
import { evidenceList } from './ladder-table.js';
import { MARK_OF_VERDICT, markIcon, type Mark } from './marks.js';

/** Few enough to be read at the top; the ladder has all. */
const TOP_EVIDENCE = 3;

interface Spoken {
  readonly mark: Mark;
  readonly word: string;
  readonly sentence: string;
}

/** The answer, one sentence, and what proves it. */
export function verdictPanel(report: DrillReport): Html {
  const { mark, word, sentence } = spokenVerdict(report);
  const { cluster, plan, startedMs, finishedMs, facts, evidence, rung, summary } = report;
  const size =
    facts.sizeBytes === undefined ? undefined : html`<span>Size <b>${bytesText(facts.sizeBytes)}</b></span>`;
  return html`<header class="verdict verdict-${mark}" id="verdict">
    <p class="about">Restore drill of plan <b>${plan}</b>, cluster <b>${cluster}</b></p>
    <h1>${markIcon(mark)}<span>${word}</span></h1>
    <p class="sentence">${sentence}</p>
    <p class="because">${rung === undefined ? undefined : html`<b>${rung}</b>: `}${summary}</p>
    ${evidenceList(evidence.slice(0, TOP_EVIDENCE))}
    <p class="facts">
      <span>Drilled <b>${timeText(startedMs)}</b></span>
      <span>Took <b>${durationText(Math.max(0, finishedMs - startedMs))}</b></span>
      ${size}
    </p>
  </header>`;
}

/** A self-test is good when the drill failed: then the page must not look like a bad backup. */
export function spokenVerdict({ verdict, selfTest, backup, damage = 'a copy of it' }: DrillReport): Spoken {
  const mark = MARK_OF_VERDICT[verdict];
  if (!selfTest) return { mark, ...SPOKEN[verdict], sentence: SPOKEN[verdict].sentence(backup.id) };
  const done = `the damage made on purpose to a scratch copy of backup ${backup.id} (${damage})`;
  switch (verdict) {
    case 'fail':
      return { mark: 'pass', word: 'Self-test passed', sentence: `The drill found ${done}.` };
    case 'pass':
      return {
        mark: 'fail',
        word: 'Self-test failed',
        sentence: `The drill did not find ${done}: do not trust its verdicts.`,
      };
    case 'inconclusive':
      return { mark, word: 'Self-test inconclusive', sentence: `The drill could not judge ${done}.` };
  }
}

const SPOKEN = {
  pass: {
    word: 'Pass',
    sentence: (id: string) => `Backup ${id} can be restored: this drill did it.`,
  },
  fail: {
    word: 'Fail',
    sentence: (id: string) => `Backup ${id} is bad: do not count on it.`,
  },
  inconclusive: {
    word: 'Inconclusive',
    sentence: (id: string) => `It is not known whether backup ${id} can be restored.`,
  },
} as const;
