import { describe, expect, test } from 'vitest';
import { backupReport, type WorkflowView } from '../../../src/cli/backups/backup-report.js';
import type { DiagnosisMaterial } from '../../../src/cli/diagnose/diagnosis.js';
import { findingsOf } from '../../../src/cli/diagnose/findings.js';
import type { Check } from '../../../src/cli/doctor/check.js';
import type { StorageProbeResult } from '../../../src/domain/backup/storage-probe.js';
import type { SeenBackup } from '../../../src/domain/retry/decide.js';
import {
  backupObject,
  exhausted,
  healthyStatus,
  jobObject,
  seenBackup,
  waitingForRetry,
} from '../cli-world.js';

const SILENT: DiagnosisMaterial = { secrets: [], storage: { kind: 'left-out', why: '--no-probe' } };
const workflow: WorkflowView = { workflowId: 'backup/prod/orders/0b7c1f5e', asked: true };

function findings(
  seen: SeenBackup,
  { material = SILENT, view = workflow }: { material?: DiagnosisMaterial; view?: WorkflowView } = {},
): Check[] {
  const report = backupReport({ seen, traces: { events: [], pods: [] }, workflow: view });
  return findingsOf({ seen, report, material });
}

const named = (found: readonly Check[], name: string) => found.find((check) => check.name === name);

const { backup: exhaustedBackup, job: exhaustedJob } = exhausted();
const ended = seenBackup(exhaustedBackup, { job: exhaustedJob });
const healthy = seenBackup(backupObject({ status: healthyStatus() }), {
  job: jobObject({ ended: { type: 'Complete', at: '2026-11-21T10:30:00Z' } }),
});

describe('a diagnosis', () => {
  test('finds nothing wrong with a healthy Backup', () => {
    expect(findings(healthy).map(({ verdict, name }) => [verdict, name])).toEqual([
      ['skip', 'storage'],
      ['ok', 'last run'],
      ['ok', 'worker'],
    ]);
  });

  test('names the class of the last failure with its advice, and the way out of an ended incident', () => {
    const lastFailure = {
      class: 'credentials_refused',
      retryable: false,
      reason: 'Error (container backup, exit code 1): AccessDenied',
    } as const;
    const found = findings(ended, { material: { ...SILENT, lastFailure } });
    expect(named(found, 'last run')).toMatchObject({
      verdict: 'fail',
      found: 'credentials_refused: Error (container backup, exit code 1): AccessDenied',
      mend: 'correct the Secret or the rights of the role, then retry now',
    });
    expect(named(found, 'retries')).toMatchObject({
      verdict: 'fail',
      found: 'RetryExhausted, 5 of 5 retries used: nothing happens by itself any more',
      mend: "mend the cause, then 'holdfast backup retry-now prod/orders', or 'holdfast backup extend prod/orders --retries 3'",
    });
  });

  test('takes the class that was recorded where the pods are gone', () => {
    const { backup, job } = waitingForRetry({ lastClass: 'network' });
    const found = findings(seenBackup(backup, { job }));
    expect(named(found, 'last run')?.found).toBe('network: SlowDown: status code: 503');
  });

  test('says when the next retry is due, and how not to wait for it', () => {
    const { backup, job } = waitingForRetry();
    expect(named(findings(seenBackup(backup, { job })), 'retries')).toMatchObject({
      verdict: 'warn',
      found: '2 of 5 retries used; next: retry 2 of 5 at 2026-11-21T10:31:30Z',
    });
  });

  test('says what an invalid spec has to have', () => {
    const policy = { maxRetryTimes: -1, minRetryDuration: 'banana' };
    const found = findings(seenBackup(backupObject({ spec: { backupMode: 'banana', policy } })));
    expect(named(found, 'spec')).toMatchObject({ verdict: 'fail' });
  });

  test('tells what keeps a pod from starting, and a Secret that lacks its keys', () => {
    const material: DiagnosisMaterial = {
      ...SILENT,
      notStarted: 'ImagePullBackOff (container br): no such image',
      secrets: [
        { name: 'keys', problem: { reason: 's3KeyNotExist', message: 'Secret keys lacks keys' } },
        { name: 'others', unreadable: 'forbidden' },
      ],
    };
    const found = findings(healthy, { material });
    expect(found.slice(0, 2).map(({ verdict, found: text }) => [verdict, text])).toEqual([
      ['fail', 'ImagePullBackOff (container br): no such image'],
      ['fail', 'Secret keys lacks keys'],
    ]);
    expect(found).toContainEqual({ area: 'Findings', verdict: 'skip', name: 'Secret', found: 'forbidden' });
  });

  test('suspects that no worker runs where something is due and no workflow is open', () => {
    const due = seenBackup(backupObject());
    expect(named(findings(due), 'worker')).toMatchObject({
      verdict: 'fail',
      found: expect.stringContaining('no workflow is open'),
    });
  });

  test('knows nothing of workers where Temporal does not answer', () => {
    const found = findings(healthy, { view: { ...workflow, asked: false } });
    expect(named(found, 'worker')?.verdict).toBe('skip');
  });
});

describe('the look at the storage', () => {
  const probed = (outcome: StorageProbeResult['outcome']) => {
    const result = { probe: 'storage', location: 's3://shop/orders', outcome, message: 'words' } as const;
    return named(
      findings(healthy, { material: { ...SILENT, storage: { kind: 'result', result } } }),
      'storage',
    );
  };

  test.each([
    ['Reached', 'ok'],
    ['NotProbed', 'skip'],
    ['AccessDenied', 'fail'],
    ['NoBucket', 'fail'],
    ['Unreachable', 'fail'],
    ['Refused', 'warn'],
  ] as const)('%s means %s', (outcome, verdict) => {
    expect(probed(outcome)?.verdict).toBe(verdict);
  });

  test('that gave no answer is no cause by itself', () => {
    const storage = { kind: 'no-answer', why: 'ImagePullBackOff (container probe)' } as const;
    expect(named(findings(healthy, { material: { ...SILENT, storage } }), 'storage')).toMatchObject({
      verdict: 'warn',
      found: 'the probe of s3://shop/orders gave no answer: ImagePullBackOff (container probe)',
    });
  });
});
