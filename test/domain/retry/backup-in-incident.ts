import type { Backup } from '../../../src/domain/backup/backup.js';
import { Incident } from '../../../src/domain/retry/incident.js';
import { specHash } from '../../../src/domain/spec-hash.js';
import { exampleBackup, logStart } from './example-backup.js';

interface IncidentFixture {
  readonly incident?: object;
  /** Changes of the record of the newest retry; `null` for none. */
  readonly record?: object | null;
  readonly phase?: string;
  readonly reason?: string;
  readonly metadata?: { [key: string]: unknown };
  readonly spec?: { [key: string]: unknown };
}

/** Retry 1 of Job `job-1` is recorded and due in 20 s. */
export function backupInIncident(changes: IncidentFixture = {}): Backup {
  const { spec = {}, phase = 'Failed', reason } = changes;
  const incident = Incident.parse({
    id: 'job-1',
    firstFailedAt: '2026-11-21T10:29:50Z',
    retries: 1,
    lastJobUid: 'job-1',
    specHash: specHash(exampleBackup({ spec }).spec),
    state: 'open',
    ...changes.incident,
  });
  const record = {
    retryNum: incident.retries,
    detectFailedAt: '2026-11-21T10:29:50Z',
    expectedRetryAt: '2026-11-21T10:30:20Z',
    originalReason: 'OOMKilled',
    ...changes.record,
  };
  const failed = { type: 'Failed', status: 'True', ...(reason !== undefined && { reason }) };
  return exampleBackup({
    spec,
    metadata: { annotations: { 'holdfast.dev/incident': JSON.stringify(incident) }, ...changes.metadata },
    status: {
      ...logStart(phase),
      logSubCommandStatuses: {
        'log-start': { command: 'log-start', phase, conditions: phase === 'Failed' ? [failed] : [] },
      },
      ...(changes.record !== null && incident.retries > 0 && { backoffRetryStatus: [record] }),
    },
  });
}

/** The retry's Job was created. */
export const BEGUN = { realRetryAt: '2026-11-21T10:30:20Z' };
