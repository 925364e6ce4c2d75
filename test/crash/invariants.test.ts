import { describe, expect, test } from 'vitest';
import { violationsOf, type IncidentHistory } from '../../bench/crash/invariants.js';
import {
  backupVersion,
  eventVersion,
  EXHAUSTED,
  EXHAUSTING_PLAN,
  GOOD,
  jobVersion,
  PLAN,
  RECORD,
  RETRIED,
} from './example-history.js';

const replaced = (changes: Partial<IncidentHistory>): IncidentHistory => ({ ...GOOD, ...changes });
const [, , scheduled, complete, settled] = GOOD.backups;
const before = GOOD.backups.slice(0, 2);
const known = (version: IncidentHistory['backups'][number] | undefined) =>
  version === undefined ? [] : [version];

describe('the invariants', () => {
  test('find nothing in an incident that its retry mended', () => {
    expect(violationsOf(PLAN, GOOD)).toEqual([]);
  });

  test('find nothing in an incident that used up its budget', () => {
    expect(violationsOf(EXHAUSTING_PLAN, EXHAUSTED)).toEqual([]);
  });

  test('catch two Jobs for one attempt', () => {
    const second = jobVersion({ revision: 13, attempt: 1, uid: 'twin', outcome: 'Complete' });
    expect(violationsOf(PLAN, replaced({ jobs: [...GOOD.jobs, second] }))).toEqual([
      'Backup orders: attempt 1 got two Jobs',
      'Backup orders: Jobs of attempts 0, 1, 1 instead of 0, 1',
    ]);
  });

  test('catch a Job that was deleted while it ran', () => {
    const deleted = jobVersion({ revision: 9, attempt: 1, deleted: true });
    expect(violationsOf(PLAN, replaced({ jobs: [...GOOD.jobs.slice(0, 4), deleted] }))).toEqual([
      'Backup orders: the Job of attempt 1 was deleted while it ran',
    ]);
  });

  test('catch a record that was lost for a while', () => {
    const without = backupVersion({ revision: 6, phase: 'Failed', subPhase: 'Failed', state: 'open' });
    const backups = [...before, without, ...GOOD.backups.slice(2)];
    expect(violationsOf(PLAN, replaced({ backups }))).toEqual([
      'Backup orders: the record of retry 1 is lost at revision 6',
    ]);
  });

  test('catch a failure that was recorded twice', () => {
    const end = { phase: 'Running', subPhase: 'Complete', state: 'settled' } as const;
    const doubled = backupVersion({ revision: 12, ...end, records: [RETRIED, RETRIED] });
    const backups = [...GOOD.backups.slice(0, 4), doubled];
    expect(violationsOf(PLAN, replaced({ backups }))).toEqual([
      'Backup orders: records 1, 1 at revision 12',
      'Backup orders: records of retries 1, 1 instead of 1',
    ]);
  });

  test('catch a record whose promised time was changed', () => {
    const later = { ...RETRIED, expectedRetryAt: '2026-01-01T00:00:11Z' };
    const failed = { phase: 'Scheduled', subPhase: 'Scheduled', state: 'open' } as const;
    const rewritten = backupVersion({ revision: 7, ...failed, records: [later] });
    const backups = [...before, rewritten, ...known(complete), ...known(settled)];
    expect(violationsOf(PLAN, replaced({ backups }))).toContain(
      'Backup orders: the record of retry 1 was rewritten at revision 7',
    );
  });

  test('catch a Job before the time that its record promised', () => {
    const early = jobVersion({ revision: 8, attempt: 1, createdSecond: 11 });
    const jobs = [...GOOD.jobs.slice(0, 3), early, ...GOOD.jobs.slice(4)];
    expect(violationsOf(PLAN, replaced({ jobs }))).toEqual([
      'Backup orders: the Job of retry 1 was created before its expectedRetryAt',
    ]);
  });

  test('catch a retry that is promised before its backoff', () => {
    expect(violationsOf({ ...PLAN, baseSeconds: 4 }, GOOD)).toEqual([
      'Backup orders: retry 1 is promised before its backoff',
    ]);
  });

  test('catch a Job that came before its realRetryAt was stored', () => {
    const failed = { phase: 'Scheduled', subPhase: 'Scheduled', state: 'open' } as const;
    const unsaid = backupVersion({ revision: 7, ...failed, records: [RECORD] });
    const backups = [...before, unsaid, ...known(complete), ...known(settled)];
    expect(violationsOf(PLAN, replaced({ backups }))).toEqual([
      'Backup orders: the Job of retry 1 came before its realRetryAt',
    ]);
  });

  test('catch an Event that was written twice, and one that is missing', () => {
    const again = eventVersion(13, { reason: 'RetryStarted', message: 'retry 1/2 at 00:00:12Z (in 2s)' });
    const events = [...GOOD.events.slice(0, 1), again];
    expect(violationsOf(PLAN, replaced({ events }))).toEqual([
      'Backup orders: Event RetryStarted 1 was written 2 times',
      'Backup orders: Event RetrySucceeded is missing',
    ]);
  });

  test('catch an incident that nobody closed', () => {
    const backups = GOOD.backups.slice(0, 4);
    expect(violationsOf(PLAN, replaced({ backups }))).toEqual(['Backup orders: its incident is open']);
  });

  test('catch an incident that was given up with budget left', () => {
    expect(violationsOf({ ...PLAN, failures: 2 }, EXHAUSTED)).toContain(
      'Backup orders: it ended as Failed (RetryExhausted) instead of Complete',
    );
  });

  test('catch a phase that went back after success', () => {
    const backups = [...before, ...known(complete), ...known(scheduled), ...known(settled)];
    expect(violationsOf(PLAN, replaced({ backups }))).toEqual([
      'Backup orders: its phase went back to Scheduled after success',
    ]);
  });
});
