import { recordOf } from '../../src/domain/retry/records.js';
import { decide, type SeenBackup } from '../../src/domain/retry/decide.js';
import { backupInIncident, BEGUN } from '../../test/domain/retry/backup-in-incident.js';
import { exampleBackup, exampleJob, logStart, NOW_MS } from '../../test/domain/retry/example-backup.js';
import { nowMs } from '../machine.js';
import { summarize } from '../statistics.js';

const CALLS_PER_SAMPLE = 100;
const WARM_UP_SAMPLES = 30;
const SAMPLES = 100;

export interface DecisionCost {
  readonly situation: string;
  /** Median of samples of 100 calls. */
  readonly microseconds: number;
}

const SITUATIONS: ReadonlyMap<string, Pick<SeenBackup, 'backup' | 'job'>> = new Map([
  [
    'healthy',
    { backup: exampleBackup({ status: logStart('Complete') }), job: exampleJob({ condition: 'Complete' }) },
  ],
  ['running', { backup: exampleBackup({ status: logStart('Running') }), job: exampleJob() }],
  [
    'first failure',
    { backup: exampleBackup({ status: logStart('Running') }), job: exampleJob({ condition: 'Failed' }) },
  ],
  ['retry waits', { backup: backupInIncident(), job: exampleJob({ condition: 'Failed' }) }],
  ['next failure', { backup: afterRetries(4), job: exampleJob({ condition: 'Failed', uid: 'job-next' }) }],
  [
    '20 records, budget used up',
    { backup: afterRetries(20), job: exampleJob({ condition: 'Failed', uid: 'job-next' }) },
  ],
]);

/** How long one decision takes in each situation. */
export function measureDecisions(): DecisionCost[] {
  return [...SITUATIONS].map(([situation, { backup, job }]) => {
    const seen: SeenBackup = { backup, job, operatorPresent: false, nowMs: NOW_MS };
    const samples = Array.from({ length: WARM_UP_SAMPLES + SAMPLES }, () => sampleMicroseconds(seen));
    return { situation, microseconds: summarize(samples.slice(WARM_UP_SAMPLES)).p50 };
  });
}

/** Bytes of one record in the status, both of its reasons empty. */
export function recordBytes(): number {
  const facts = { jobUid: 'job-1', jobName: 'backup-orders-log-start', sinceMs: NOW_MS, reason: '' };
  const record = recordOf({ retryNum: 1, detectedMs: NOW_MS, dueMs: NOW_MS, failure: facts }, '');
  return Buffer.byteLength(JSON.stringify({ ...record, ...BEGUN, retryReason: '' }));
}

function sampleMicroseconds(seen: SeenBackup): number {
  const beganMs = nowMs();
  for (let call = 0; call < CALLS_PER_SAMPLE; call += 1) decide(seen);
  return ((nowMs() - beganMs) * 1_000) / CALLS_PER_SAMPLE;
}

function afterRetries(retries: number): SeenBackup['backup'] {
  const backup = backupInIncident({ incident: { retries }, record: BEGUN });
  const [record] = backup.status.backoffRetryStatus ?? [];
  if (record === undefined) throw new Error('the example has no record');
  const records = Array.from({ length: retries }, (_, index) => ({ ...record, retryNum: index + 1 }));
  return { ...backup, status: { ...backup.status, backoffRetryStatus: records } };
}
