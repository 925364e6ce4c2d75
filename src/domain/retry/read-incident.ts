import type { BackoffRetryRecord, Backup } from '../backup/backup.js';
import type { BackupCommand } from '../backup/backup-command.js';
import { logJobName } from '../backup/log-job-name.js';
import { INCIDENT_ANNOTATION } from '../labels.js';
import { Incident } from './incident.js';
import { jobFailedText } from './records.js';

/** The incident that the CR carries; `undefined` for none, and for an annotation that somebody spoiled. */
export function readIncident(backup: Backup): Incident | undefined {
  const text = backup.metadata.annotations?.[INCIDENT_ANNOTATION];
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  return Incident.safeParse(json).data;
}

/** The annotation that `readIncident` reads. */
export function incidentAnnotation(incident: Incident): Record<string, string> {
  return { [INCIDENT_ANNOTATION]: JSON.stringify(incident) };
}

export function lastRecord(backup: Backup): BackoffRetryRecord | undefined {
  return backup.status.backoffRetryStatus?.at(-1);
}

/** The record of a retry that is decided but not started. */
export function pendingRecord(backup: Backup, incident: Incident): BackoffRetryRecord | undefined {
  const record = lastRecord(backup);
  const pending = record?.realRetryAt === undefined && record?.retryNum === incident.retries;
  return pending && incident.retries > 0 ? record : undefined;
}

/** The last failure was of the Job that the spec asks for now; an edited spec may ask for another sub-command. */
export function isAboutThisJob({ backup, command }: { backup: Backup; command: BackupCommand }): boolean {
  const reason = lastRecord(backup)?.retryReason;
  return reason === undefined || reason === jobFailedText(logJobName(backup.metadata.name, command));
}

/** The record of the first failure of this incident: its reason tells how it began. */
export function firstRecord(backup: Backup, incident: Incident): BackoffRetryRecord | undefined {
  if (incident.retries === 0) return undefined;
  return backup.status.backoffRetryStatus?.at(-incident.retries);
}
