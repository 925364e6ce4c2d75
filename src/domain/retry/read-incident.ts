import type { BackoffRetryRecord, Backup } from '../backup/backup.js';
import { INCIDENT_ANNOTATION } from '../labels.js';
import { Incident } from './incident.js';

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

/** The record of the first failure of this incident: its reason tells how it began. */
export function firstRecord(backup: Backup, incident: Incident): BackoffRetryRecord | undefined {
  if (incident.retries === 0) return undefined;
  return backup.status.backoffRetryStatus?.at(-incident.retries);
}
