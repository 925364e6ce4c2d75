import { scriptedLogBackup } from '../retry/manifests.js';
import type { PlannedIncident } from './incident-plan.js';

const REPORTED = { kind: 'scripted', afterMs: 300, exitCode: 1, crWrites: ['Prepare', 'Failed'] };
const SILENT = { kind: 'scripted', exitCode: 1 };
/** Runs long enough to be deleted by somebody who does not look. */
const SUCCEEDING = { kind: 'scripted', crWrites: ['Prepare', 'Running', 'Complete'] };

/** A Backup whose pods fail as often as planned, by turns with and without a word in the Backup. */
export function crashBackupManifest(incident: PlannedIncident): object {
  const { name, failures, maxRetries, baseSeconds, runsMs } = incident;
  const failing = Array.from({ length: failures }, (_, attempt) => (attempt % 2 === 0 ? REPORTED : SILENT));
  const script = [...failing, { ...SUCCEEDING, afterMs: runsMs }];
  return scriptedLogBackup({ name, script, maxRetryTimes: maxRetries, backoffSeconds: baseSeconds });
}
