import { expect, test } from 'vitest';
import { summarizeBackup } from '../../../src/cli/backups/backup-summary.js';
import { renderBackupTable } from '../../../src/cli/render/backup-table.js';
import { backupObject, exhausted, NOW_MS, seenBackup, waitingForRetry } from '../cli-world.js';

function backups() {
  const waiting = waitingForRetry();
  const ended = exhausted();
  const off = backupObject({ name: 'plain', spec: { backoffRetryPolicy: null } });
  return [
    summarizeBackup(seenBackup(waiting.backup, { job: waiting.job })),
    summarizeBackup(seenBackup(ended.backup, { job: ended.job })),
    summarizeBackup(seenBackup(off)),
    summarizeBackup(seenBackup(backupObject({ name: 'daily', spec: { backupMode: 'volume-snapshot' } }))),
  ];
}

const unreadable = [{ namespace: 'prod', name: 'odd', problem: 'spec.logStop: expected boolean' }];
const view = { nowMs: NOW_MS, colour: false };

test('the table shows where each Backup is and what comes next', () => {
  const table = renderBackupTable({ backups: backups(), unreadable, format: 'table', ...view });
  expect(`\n${table}\n`).toMatchInlineSnapshot(`
    "
    NAMESPACE/NAME   MODE              PHASE       JOB                                RETRY   NEXT ACTION                                     LAST REASON                           AGE
    prod/orders      log               Scheduled   log-start: Scheduled, Job failed   2/5     retry 2 of 5 at 2026-11-21 10:31:30Z (in 24s)   SlowDown: status code: 503            31m
    prod/orders      log               Failed      log-start: Failed, Job failed      5/5     none: the incident has ended                    RetryExhausted: 5 of 5 retries used   31m
    prod/plain       log               -           log-start: no Job                  off     create the first Job (log-start)                -                                     31m
    prod/daily       volume-snapshot   -           -                                  -       none of ours: TiDB Operator retries it          -                                     31m
    prod/odd         -                 -           -                                  -       cannot be read                                  spec.logStop: expected boolean        -
    "
  `);
});

test('wide adds the incident and the names of objects', () => {
  const table = renderBackupTable({ backups: backups().slice(0, 1), unreadable, format: 'wide', ...view });
  expect(`\n${table}\n`).toMatchInlineSnapshot(`
    "
    NAMESPACE/NAME   MODE   PHASE       JOB                                RETRY   NEXT ACTION                                     LAST REASON                      AGE   INCIDENT   FIRST FAILURE                     JOB NAME                  UID
    prod/orders      log    Scheduled   log-start: Scheduled, Job failed   2/5     retry 2 of 5 at 2026-11-21 10:31:30Z (in 24s)   SlowDown: status code: 503       31m   open       2026-11-21 10:29:00Z (2m6s ago)   backup-orders-log-start   0b7c1f5e
    prod/odd         -      -           -                                  -       cannot be read                                  spec.logStop: expected boolean   -     -          -                                 -                         -
    "
  `);
});
