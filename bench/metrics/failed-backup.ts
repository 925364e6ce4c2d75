import { Backup } from '../../src/domain/backup/backup.js';
import { INCIDENT_ANNOTATION } from '../../src/domain/labels.js';

const FAILED_AT = '2026-11-21T10:05:00Z';

/** The stages of the Backup's incident: its first failure, its retry, and its end; each as the watch sees it. */
export function failureOf(healthy: object): readonly Backup[] {
  const { metadata, spec, status } = Backup.parse(healthy);
  const stage = ({ state, started, end }: Stage): Backup => {
    const incident = {
      id: `job-of-${metadata.uid}`,
      firstFailedAt: FAILED_AT,
      retries: 1,
      lastJobUid: `retry-of-${metadata.uid}`,
      specHash: 'h',
      state,
      lastClass: 'storage_throttled',
    };
    const record = { retryNum: 1, detectFailedAt: FAILED_AT, expectedRetryAt: FAILED_AT };
    const failed = { type: 'Failed', status: 'True', reason: end, lastTransitionTime: FAILED_AT };
    const conditions = end === undefined ? [] : [failed];
    return {
      metadata: { ...metadata, annotations: { [INCIDENT_ANNOTATION]: JSON.stringify(incident) } },
      spec,
      status: {
        ...status,
        phase: end === undefined ? 'Running' : 'Failed',
        conditions,
        logSubCommandStatuses: { 'log-start': { command: 'log-start', conditions } },
        backoffRetryStatus: [{ ...record, ...(started && { realRetryAt: FAILED_AT }) }],
      },
    };
  };
  return [
    stage({ state: 'open', started: false }),
    stage({ state: 'open', started: true }),
    stage({ state: 'settled', started: true, end: 'RetryExhausted' }),
  ];
}

interface Stage {
  readonly state: 'open' | 'settled';
  readonly started: boolean;
  readonly end?: string;
}
