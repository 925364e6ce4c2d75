import type { DrilledBackups } from '../../domain/drill/drilled-backups.js';
import type { DrillReport } from '../../domain/drill/drill-report.js';
import { shortDuration } from '../../domain/go-duration.js';
import type { RunRestoreDrillResult } from '../../workflows/run-restore-drill.js';
import { factList } from './fact-list.js';
import { oneLine } from './one-line.js';
import { textTable } from './text-table.js';
import { paint, type Tone } from './tones.js';

const TONE: Readonly<Record<string, Tone>> = {
  pass: 'good',
  passed: 'good',
  fail: 'bad',
  failed: 'bad',
  inconclusive: 'warning',
  skipped: 'faint',
};

export function toneOfVerdict(verdict: string): Tone | undefined {
  return TONE[verdict];
}

/** Verdict on top, then the ladder, then what decided it. */
export function renderDrillReport(result: RunRestoreDrillResult, { colour }: { colour: boolean }): string {
  if (result.verdict === 'none') return result.summary;
  if ('backups' in result) return renderDrilledBackups(result, { colour });
  const { verdict, backup, rung, rootCause, summary, hosts, selfTest, damage } = result;
  const facts = [
    { name: 'VERDICT', text: verdict.toUpperCase(), tone: TONE[verdict] },
    { name: 'BACKUP', text: backup.id },
    { name: 'SUMMARY', text: oneLine(summary) },
    { name: 'RUNG', text: rung },
    { name: 'ROOT CAUSE', text: rootCause },
    { name: 'SELF-TEST', text: selfTest ? oneLine(damage ?? 'nothing was damaged') : undefined },
    { name: 'RTO', text: targetText(result.rto) },
    { name: 'RPO', text: targetText(result.rpo) },
    { name: 'HOSTS', text: hosts.length > 1 ? hosts.join(', ') : undefined },
  ];
  const parts = [factList(facts, { colour }), ladder(result, colour)];
  const { evidence, warnings } = result;
  if (evidence.length > 0) parts.push(['EVIDENCE', ...evidence.map(line)].join('\n'));
  if (warnings.length > 0)
    parts.push([paint('WARNINGS', { tone: 'warning', colour }), ...warnings.map(line)].join('\n'));
  return parts.join('\n\n');
}

function renderDrilledBackups(drilled: DrilledBackups, { colour }: { colour: boolean }): string {
  const { verdict, summary, backups, selfTest } = drilled;
  const facts = [
    { name: 'VERDICT', text: verdict.toUpperCase(), tone: TONE[verdict] },
    { name: 'SUMMARY', text: oneLine(summary) },
    { name: 'SELF-TEST', text: selfTest ? 'the scratch copies were damaged' : undefined },
  ];
  const rows = backups.map(({ backup, rung = '-', rootCause = '-', ...one }) => {
    const tone = TONE[one.verdict];
    return [
      { text: backup.id },
      { text: one.verdict, ...(tone !== undefined && { tone }) },
      { text: rung },
      { text: rootCause },
    ];
  });
  const table = textTable(['BACKUP', 'VERDICT', 'RUNG', 'ROOT CAUSE'], rows, { colour });
  return `${factList(facts, { colour })}\n\n${table}`;
}

function ladder({ rungs }: DrillReport, colour: boolean): string {
  const rows = rungs.map(({ rung, outcome, durationMs, summary }) => {
    const tone = TONE[outcome];
    return [
      { text: rung },
      { text: outcome, ...(tone !== undefined && { tone }) },
      { text: durationMs === undefined ? '-' : shortDuration(durationMs) },
      { text: oneLine(summary, 100) },
    ];
  });
  return textTable(['RUNG', 'OUTCOME', 'TOOK', 'FOUND'], rows, { colour });
}

function targetText({ targetMs, measuredMs, met }: DrillReport['rto']): string {
  const target = `target ${shortDuration(targetMs)}`;
  if (measuredMs === undefined) return `not measured, ${target}`;
  return `${shortDuration(measuredMs)}, ${target}${met === false ? ', missed' : ''}`;
}

function line({ text, source }: DrillReport['evidence'][number]): string {
  return `  ${source === undefined ? '' : `${oneLine(source)}: `}${oneLine(text)}`;
}
