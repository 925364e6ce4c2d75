import type { DrillReport } from './drill-report.js';
import type { LedgerVerdict } from './ledger.js';
import { historySection } from './report-page/history-section.js';
import { html, trusted, type Html } from './report-page/html.js';
import { inputsList } from './report-page/inputs-list.js';
import { ladderTable, warningList } from './report-page/ladder-table.js';
import { nextStepFor } from './report-page/next-steps.js';
import { STYLE } from './report-page/style.js';
import { targetsTable } from './report-page/targets-table.js';
import { spokenVerdict, verdictPanel } from './report-page/verdict-panel.js';

/** Nothing is loaded and nothing runs, whatever a hostile bucket wrote into the names and lines that are shown. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/**
 * The report of a drill as one HTML page that needs nothing else: no script, no request.
 * @param history verdicts of the ledger, in any order; those of other plans and this drill's own are left out
 */
export function renderDrillPage(report: DrillReport, history: readonly LedgerVerdict[]): string {
  const { word } = spokenVerdict(report);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${word}: ${report.plan}, backup ${report.backup.id}</title>
        <style>
          ${trusted(STYLE)}
        </style>
      </head>
      <body>
        <main>
          ${verdictPanel(report)} ${nextStepSection(report)}
          ${section('targets', 'Targets', targetsTable(report))}
          ${section('ladder', 'Ladder', ladderTable(report))} ${warningsSection(report)}
          ${section('history', 'History of the plan', historySection(report, history))}
          ${section('inputs', 'Inputs and versions', inputsList(report))}
        </main>
        <footer>
          <p>Holdfast restore drill, report version ${report.version}. Evidence is shown as it was found.</p>
        </footer>
      </body>
    </html> `;
  return page.markup;
}

function section(id: string, title: string, content: Html): Html {
  return html`<section id="${id}" class="long" aria-labelledby="${id}-heading">
    <h2 id="${id}-heading">${title}</h2>
    ${content}
  </section>`;
}

function nextStepSection({ verdict, rootCause, selfTest }: DrillReport): Html | undefined {
  if (verdict === 'pass' || selfTest) return undefined;
  const step = nextStepFor(rootCause);
  if (step === undefined) return undefined;
  return html`<section id="next" class="next" aria-labelledby="next-heading">
    <h2 id="next-heading">What to do next</h2>
    <p>${step.advice}</p>
    <p class="reference">More in docs/restore-drills.md, “${step.reference}”.</p>
  </section>`;
}

function warningsSection({ warnings }: DrillReport): Html | undefined {
  const lines = warningList(warnings);
  return lines && section('warnings', 'Warnings', lines);
}
