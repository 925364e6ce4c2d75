import type { DrillReport } from '../drill-report.js';
import { durationText } from './figures.js';
import { html, type Html } from './html.js';
import { markIcon } from './marks.js';

type Target = DrillReport['rto'];

export function targetsTable({ rto, rpo }: Pick<DrillReport, 'rto' | 'rpo'>): Html {
  return html`<table class="targets">
    <caption>
      Targets against what was measured; a missed target does not change the verdict
    </caption>
    <thead>
      <tr>
        <th scope="col">Target</th>
        <th scope="col" class="number">Measured</th>
        <th scope="col" class="number">At most</th>
        <th scope="col">Met</th>
      </tr>
    </thead>
    <tbody>
      ${targetRow({ name: 'RTO', meaning: 'time to restore', target: rto })}
      ${targetRow({ name: 'RPO', meaning: 'loss if it were needed', target: rpo })}
    </tbody>
  </table>`;
}

function targetRow({ name, meaning, target }: { name: string; meaning: string; target: Target }): Html {
  const { targetMs, measuredMs, met, basis } = target;
  const id = `target-${name.toLowerCase()}`;
  return html`<tr id="${id}">
      <th scope="row"><abbr>${name}</abbr> <span class="claim">${meaning}</span></th>
      <td class="number">${measuredMs === undefined ? 'not measured' : durationText(measuredMs)}</td>
      <td class="number">${durationText(targetMs)}</td>
      <td class="outcome">${metText(met)}</td>
    </tr>
    <tr class="basis">
      <td colspan="4">${basis}</td>
    </tr> `;
}

function metText(met: boolean | undefined): Html {
  if (met === undefined) return html`${markIcon('skipped')}<span>unknown</span>`;
  return met ? html`${markIcon('pass')}<span>met</span>` : html`${markIcon('warning')}<span>missed</span>`;
}
