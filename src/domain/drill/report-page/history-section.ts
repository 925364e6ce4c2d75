import type { DrillReport } from '../drill-report.js';
import type { LedgerVerdict } from '../ledger.js';
import type { DrillVerdict } from '../verdict.js';
import { bytesText, durationText, timeText } from './figures.js';
import { historyChart, type ChartPoint } from './history-chart.js';
import { html, type Html } from './html.js';
import { MARK_OF_VERDICT, markIcon } from './marks.js';

/** As many as a phone shows apart from each other. */
const MAX_DRILLS = 20;

interface PastDrill {
  readonly backup: string;
  readonly verdict: DrillVerdict;
  readonly startedMs: number;
  readonly durationMs: number;
  readonly sizeBytes: number | undefined;
  readonly current: boolean;
}

/** Size and duration of the plan's last drills, this one included, as charts and as a table. */
export function historySection(report: DrillReport, history: readonly LedgerVerdict[]): Html {
  const drills = pastDrills(report, history);
  const sizes = drills.flatMap(({ sizeBytes, ...rest }) =>
    sizeBytes === undefined ? [] : [point(rest, sizeBytes)],
  );
  const durations = drills.map((drill) => point(drill, drill.durationMs));
  return html`<div class="charts">
      ${
        sizes.length === 0
          ? undefined
          : historyChart({ name: 'size', title: 'Backup size', points: sizes, text: bytesText })
      }
      ${historyChart({ name: 'duration', title: 'Drill duration', points: durations, text: durationText })}
    </div>
    <p class="legend">
      <span>● pass</span> <span>✕ fail</span> <span>◆ inconclusive</span> <span>◯ around: this drill</span>
    </p>
    <details>
      <summary>
        The last ${drills.length} ${drills.length === 1 ? 'drill' : 'drills'} of this plan as a table
      </summary>
      ${historyTable(drills)}
    </details>`;
}

function historyTable(drills: readonly PastDrill[]): Html {
  return html`<table class="history">
    <caption>
      Drills of this plan, newest first
    </caption>
    <thead>
      <tr>
        <th scope="col">Backup</th>
        <th scope="col">Verdict</th>
        <th scope="col" class="number">Size</th>
        <th scope="col" class="number">Duration</th>
      </tr>
    </thead>
    <tbody>
      ${[...drills].reverse().map(
        ({ backup, verdict, startedMs, durationMs, sizeBytes, current }) =>
          html`<tr>
            <th scope="row">
              ${backup}<span class="claim">${timeText(startedMs)}${current ? ' (this drill)' : ''}</span>
            </th>
            <td class="outcome">${markIcon(MARK_OF_VERDICT[verdict])}<span>${verdict}</span></td>
            <td class="number">${sizeBytes === undefined ? 'unknown' : bytesText(sizeBytes)}</td>
            <td class="number">${durationText(durationMs)}</td>
          </tr> `,
      )}
    </tbody>
  </table>`;
}

function pastDrills(report: DrillReport, history: readonly LedgerVerdict[]): PastDrill[] {
  const drill = `${report.drill.workflowId}/${report.drill.runId}`;
  const others = history.filter((past) => past.plan === report.plan && past.drill !== drill);
  const drills = [
    ...others.map((past) => pastDrill(past, false)),
    pastDrill({ ...report, sizeBytes: report.facts.sizeBytes }, true),
  ];
  return drills.sort((a, b) => a.startedMs - b.startedMs).slice(-MAX_DRILLS);
}

type Drilled = Pick<LedgerVerdict, 'backup' | 'verdict' | 'startedMs' | 'finishedMs' | 'sizeBytes'>;

function pastDrill(
  { backup, verdict, startedMs, finishedMs, sizeBytes }: Drilled,
  current: boolean,
): PastDrill {
  const durationMs = Math.max(0, finishedMs - startedMs);
  return { backup: backup.id, verdict, startedMs, durationMs, sizeBytes, current };
}

function point(drill: Pick<PastDrill, 'startedMs' | 'verdict' | 'current'>, value: number): ChartPoint {
  return { atMs: drill.startedMs, value, verdict: drill.verdict, current: drill.current };
}
