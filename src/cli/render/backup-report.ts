import type { BackupReport, WorkflowView } from '../backups/backup-report.js';
import type { BackupSummary } from '../backups/backup-summary.js';
import { extensionText } from '../backups/requests.js';
import type { TimelineEntry } from '../backups/timeline.js';
import { parseTime } from '../../domain/time.js';
import { apiServerText } from './api-server-text.js';
import { nextActionText } from './backup-table.js';
import { factList, type Fact } from './fact-list.js';
import { oneLine } from './one-line.js';
import { relativeTime, timeWithAge, utc } from './times.js';
import { paint, toneOfPhase } from './tones.js';

interface View {
  readonly nowMs: number;
  readonly colour: boolean;
}

/** The whole page: what it is, what happened, and in the last lines what comes next. */
export function renderBackupReport(report: BackupReport, view: View): string {
  const { nowMs } = view;
  const { timeline, workflow, backup } = report;
  const next: Fact[] = [
    { name: 'WORKFLOW', text: workflow.status === undefined ? undefined : workflowText(workflow, nowMs) },
    { name: 'API SERVER', text: apiServerText(workflow.status), tone: 'warning' },
    { name: 'NEXT ACTION', text: nextActionText(backup.nextAction, nowMs) },
  ];
  return [
    factList(facts(report, nowMs), view),
    '',
    'TIMELINE (UTC)',
    ...timeline.map((entry) => timelineLine(entry, view)),
    '',
    factList(next, view),
  ].join('\n');
}

function facts(report: BackupReport, nowMs: number): Fact[] {
  const { backup, workflow } = report;
  return [
    { name: 'Backup', text: `${backup.namespace}/${backup.name}` },
    { name: 'UID', text: backup.uid },
    { name: 'Created', text: timeWithAge(backup.createdAt, nowMs) },
    { name: 'Mode', text: backup.mode, tone: toneOfPhase(backup.mode) },
    { name: 'Phase', text: backup.phase || '-', tone: toneOfPhase(backup.phase) },
    { name: 'Sub-command', text: subcommandText(backup) },
    { name: 'Job', text: backup.job === undefined ? 'none' : `${backup.job.name}: ${backup.job.state}` },
    { name: 'TidbCluster', text: report.tidbCluster },
    { name: 'Storage', text: report.storage },
    { name: 'Owner', text: report.ownership },
    { name: 'Retry policy', text: oneLine(report.policy) },
    { name: 'Incident', text: incidentText(report, nowMs) },
    { name: 'Last reason', text: backup.lastReason === undefined ? undefined : oneLine(backup.lastReason) },
    {
      name: 'Workflow',
      text: workflow.runId === undefined ? undefined : `${workflow.workflowId} (run ${workflow.runId})`,
    },
    { name: 'Web UI', text: workflow.webUi },
  ];
}

function subcommandText({ subcommand, subcommandPhase }: BackupSummary): string | undefined {
  if (subcommand === undefined) return undefined;
  return subcommandPhase === undefined ? subcommand : `${subcommand}: ${subcommandPhase}`;
}

function incidentText({ backup, retriesEndAt }: BackupReport, nowMs: number): string {
  const { incident, retries, maxRetries } = backup;
  if (incident === undefined) return 'none so far';
  const budget = maxRetries === undefined ? `${retries} retries` : `${retries} of ${maxRetries} retries used`;
  const end = retriesEndAt === undefined ? '' : `; no retry after ${timeWithAge(retriesEndAt, nowMs)}`;
  const added = extensionText(incident);
  const extended = added === undefined ? '' : `, extended by ${added}`;
  return `${incident.state}; first failure ${timeWithAge(incident.firstFailedAt, nowMs)}; ${budget}${extended}${end}`;
}

function workflowText({ status }: WorkflowView, nowMs: number): string {
  if (status === undefined) return '';
  const at = status.nextActionAt === undefined ? '' : `, until ${timeWithAge(status.nextActionAt, nowMs)}`;
  return oneLine(`${status.phase}${at}: ${status.summary}`);
}

function timelineLine({ at, source, text, bad }: TimelineEntry, { nowMs, colour }: View): string {
  const atMs = parseTime(at);
  const when = atMs === undefined ? at : utc(atMs);
  const age = atMs === undefined ? '' : relativeTime(atMs, nowMs);
  const tone = bad ? 'bad' : undefined;
  return `  ${when.padEnd(20)}  ${age.padEnd(10)}  ${source.padEnd(9)}  ${paint(oneLine(text), { tone, colour })}`;
}
