import type { RestoreReport } from '../restores/restore-report.js';
import { apiServerText } from './api-server-text.js';
import { factList, type Fact } from './fact-list.js';
import { oneLine } from './one-line.js';
import { textTable, type Cell } from './text-table.js';
import { timeWithAge } from './times.js';
import { toneOfPhase } from './tones.js';

interface View {
  readonly nowMs: number;
  readonly colour: boolean;
}

/** The whole page: what it is, where both halves are, what happened, and in the last lines what comes next. */
export function renderRestoreReport(report: RestoreReport, view: View): string {
  const { restore, workflow } = report;
  const next: Fact[] = [
    {
      name: 'WORKFLOW',
      text: workflow.status && `${workflow.status.phase}: ${oneLine(workflow.status.summary)}`,
    },
    { name: 'API SERVER', text: apiServerText(workflow.status), tone: 'warning' },
    { name: 'NEXT ACTION', text: oneLine(restore.nextAction) },
  ];
  return [
    factList(factsOf(report, view.nowMs), view),
    '',
    ...report.details.map((line) => `  ${oneLine(line)}`),
    '',
    textTable(['CONDITION', 'STATUS', 'REASON', 'SINCE', 'MESSAGE'], conditionRows(report, view), view),
    '',
    textTable(['EVENT', 'AT', 'MESSAGE'], eventRows(report, view), view),
    '',
    factList(next, view),
  ].join('\n');
}

function factsOf({ restore, tidbCluster, workflow }: RestoreReport, nowMs: number) {
  return [
    { name: 'Restore', text: `${restore.namespace}/${restore.name}` },
    { name: 'UID', text: restore.uid },
    { name: 'Created', text: timeWithAge(restore.createdAt, nowMs) },
    { name: 'Owner', text: restore.ours ? 'Holdfast' : 'not labelled as ours' },
    { name: 'Mode', text: restore.mode },
    { name: 'Phase', text: restore.phase || '-', tone: toneOfPhase(restore.phase) },
    { name: 'Step', text: restore.step },
    { name: 'TidbCluster', text: tidbCluster },
    { name: 'Compaction', text: restore.compaction },
    {
      name: 'Workflow',
      text: workflow.runId === undefined ? undefined : `${workflow.workflowId} (run ${workflow.runId})`,
    },
    { name: 'Web UI', text: workflow.webUi },
  ];
}

function conditionRows({ conditions }: RestoreReport, { nowMs }: View): Cell[][] {
  return conditions.map(({ type, status, reason = '', message = '', lastTransitionTime }) => [
    { text: type },
    { text: status },
    { text: reason },
    { text: lastTransitionTime == null ? '' : timeWithAge(lastTransitionTime, nowMs) },
    { text: oneLine(message) },
  ]);
}

function eventRows({ events }: RestoreReport, { nowMs }: View): Cell[][] {
  return events.map(({ at, type, reason, message }) => [
    { text: reason, ...(type === 'Warning' && { tone: 'warning' as const }) },
    { text: timeWithAge(at, nowMs) },
    { text: oneLine(message) },
  ]);
}
