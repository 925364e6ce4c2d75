import type { Diagnosis } from '../diagnose/diagnosis.js';
import { renderChecks } from './doctor-table.js';
import { oneLine } from './one-line.js';

/** The last lines are what people read; `-o json` has them all. */
const SHOWN_LOG_LINES = 15;

/** What was found, then the words of the pod; the report itself follows. */
export function renderDiagnosis({ findings, log }: Diagnosis, view: { colour: boolean }): string {
  const parts = [renderChecks(findings, view)];
  if (log !== undefined && 'text' in log) {
    const lines = log.text.trimEnd().split(/\r?\n/).slice(-SHOWN_LOG_LINES);
    parts.push('', `LOG OF POD ${log.pod} (last lines)`, ...lines.map((line) => `  ${oneLine(line)}`));
  }
  return `${parts.join('\n')}\n`;
}
