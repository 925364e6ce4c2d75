import type { DrillReport } from '../drill-report.js';
import type { Evidence } from '../rung.js';
import { durationText, measuredText } from './figures.js';
import { html, type Html } from './html.js';
import { MARK_OF_OUTCOME, markIcon } from './marks.js';
import { RUNG_QUESTIONS } from './rung-questions.js';

type Rung = DrillReport['rungs'][number];

/**
 * The ladder: what decides is unfolded, what passed is folded. The roles repeat what the tags mean, for on a phone the
 * cells are laid out as blocks, and browsers take the meaning away then.
 */
export function ladderTable({ rungs }: Pick<DrillReport, 'rungs'>): Html {
  const longestMs = Math.max(1, ...rungs.map(({ durationMs = 0 }) => durationMs));
  return html`<table class="ladder" role="table">
    <caption>
      The ladder, cheap to expensive: what each rung asks, what it found, how long it took
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        <th role="columnheader" scope="col">Rung</th>
        <th role="columnheader" scope="col">Outcome</th>
        <th role="columnheader" scope="col">Found</th>
        <th role="columnheader" scope="col">Throughput</th>
        <th role="columnheader" scope="col" class="number">Time</th>
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rungs.map((rung) => ladderRow(rung, longestMs))}
    </tbody>
  </table>`;
}

function ladderRow(rung: Rung, longestMs: number): Html {
  const mark = MARK_OF_OUTCOME[rung.outcome];
  return html`<tr role="row" class="rung rung-${mark}" id="rung-${rung.rung}">
    <th role="rowheader" scope="row">${rung.rung}${question(rung)}</th>
    <td role="cell" class="outcome">${markIcon(mark)}<span>${rung.outcome}</span></td>
    <td role="cell" class="found">${found(rung)}</td>
    <td role="cell" class="throughput">${throughput(rung)}</td>
    <td role="cell" class="number time">${time(rung, longestMs)}</td>
  </tr> `;
}

/** A rung that did not run leaves its question open: the row stays small. */
function question({ rung, outcome }: Rung): Html | undefined {
  return outcome === 'skipped' ? undefined : html`<span class="claim">${RUNG_QUESTIONS[rung]}</span>`;
}

function found(rung: Rung): Html {
  const { outcome, summary, evidence, moreEvidence, cause, warnings = [] } = rung;
  const bad = outcome === 'failed' || outcome === 'inconclusive';
  const lines = html`${evidenceList(evidence, moreEvidence)}${warningList(warnings)}`;
  const cited = bad && cause !== undefined ? html`<span class="cause">${cause}</span>` : undefined;
  if (evidence.length + warnings.length === 0)
    return html`<p>${summary} ${cited}</p>
      ${figures(rung)}`;
  if (bad)
    return html`<p>${summary} ${cited}</p>
      ${lines}${figures(rung)}`;
  const kind =
    warnings.length > 0 ? `${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}` : 'evidence';
  return html`<details>
      <summary>${summary} <span class="more">${kind}</span></summary>
      ${lines}
    </details>
    ${figures(rung)}`;
}

export function evidenceList(evidence: readonly Evidence[], moreEvidence?: number): Html | undefined {
  if (evidence.length === 0) return undefined;
  const more =
    moreEvidence === undefined ? undefined : html`<li class="rest">and ${moreEvidence} more lines</li>`;
  return html`<ul class="evidence">
    ${evidence.map(evidenceLine)}${more}
  </ul>`;
}

export function warningList(warnings: readonly Evidence[]): Html | undefined {
  if (warnings.length === 0) return undefined;
  return html`<ul class="evidence warnings">
    ${warnings.map(evidenceLine)}
  </ul>`;
}

function evidenceLine({ text, source }: Evidence): Html {
  const from = source === undefined ? undefined : html`<span class="source">${source}</span>`;
  return html`<li>${from}<code>${text}</code></li>`;
}

function figures({ measured = {} }: Rung): Html | undefined {
  const shown = Object.entries(measured).filter(([name]) => name !== 'megabytesPerSecond');
  if (shown.length === 0) return undefined;
  return html`<p class="figures">${shown.map(([name, value]) => measuredText(name, value)).join(' · ')}</p>`;
}

function throughput({ measured = {} }: Rung): string {
  const rate = measured['megabytesPerSecond'];
  return rate === undefined ? '' : measuredText('megabytesPerSecond', rate);
}

function time({ durationMs }: Rung, longestMs: number): Html | undefined {
  if (durationMs === undefined) return undefined;
  const share = ((100 * durationMs) / longestMs).toFixed(1);
  return html`${durationText(durationMs)}<span class="bar" style="--share:${share}%"></span>`;
}
