import { expect, test } from 'vitest';
import { backupReport } from '../../../src/cli/backups/backup-report.js';
import { renderBackupReport } from '../../../src/cli/render/backup-report.js';
import { backupObject, NOW_MS, seenBackup, waitingForRetry } from '../cli-world.js';

const view = { nowMs: NOW_MS, colour: false };

test('the page of a Backup that waits for a retry ends with the next action and its time', () => {
  const { backup, job } = waitingForRetry();
  const report = backupReport({
    seen: seenBackup(backup, { job }),
    traces: { pods: [], events: [] },
    workflow: {
      workflowId: 'backup/prod/orders/0b7c1f5e',
      asked: true,
      runId: 'run-1',
      webUi:
        'http://127.0.0.1:8233/namespaces/default/workflows/backup%2Fprod%2Forders%2F0b7c1f5e/run-1/history',
      status: {
        phase: 'Waiting',
        summary: 'retry 2/5 at 2026-11-21T10:31:30Z: SlowDown: status code: 503',
        retryNum: 2,
        maxRetries: 5,
        nextActionAt: '2026-11-21T10:31:30Z',
      },
    },
  });
  expect(`\n${renderBackupReport(report, view)}\n`).toMatchInlineSnapshot(`
    "
    Backup         prod/orders
    UID            0b7c1f5e
    Created        2026-11-21 10:00:06Z (31m ago)
    Mode           log
    Phase          Scheduled
    Sub-command    log-start: Scheduled
    Job            backup-orders-log-start: failed
    TidbCluster    prod/basic
    Storage        s3://shop/orders
    Owner          Holdfast creates the Jobs and retries them (no TiDB Operator here)
    Retry policy   5 retries from 30s, within 2h
    Incident       open; first failure 2026-11-21 10:29:00Z (2m6s ago); 2 of 5 retries used; no retry after 2026-11-21 12:29:00Z (in 1h57m)
    Last reason    SlowDown: status code: 503
    Workflow       backup/prod/orders/0b7c1f5e (run run-1)
    Web UI         http://127.0.0.1:8233/namespaces/default/workflows/backup%2Fprod%2Forders%2F0b7c1f5e/run-1/history

    TIMELINE (UTC)
      2026-11-21 10:00:06Z  31m ago     Backup     created
      2026-11-21 10:29:00Z  2m6s ago    Record     OOMKilled; retry 1 due at 10:29:30Z
      2026-11-21 10:29:30Z  1m36s ago   Condition  log-start Scheduled
      2026-11-21 10:29:30Z  1m36s ago   Record     retry 1 started
      2026-11-21 10:29:30Z  1m36s ago   Job        backup-orders-log-start created (attempt 1)
      2026-11-21 10:30:29Z  37s ago     Job        backup-orders-log-start failed (BackoffLimitExceeded)
      2026-11-21 10:30:30Z  36s ago     Record     SlowDown: status code: 503; retry 2 due at 10:31:30Z

    WORKFLOW      Waiting, until 2026-11-21 10:31:30Z (in 24s): retry 2/5 at 2026-11-21T10:31:30Z: SlowDown: status code: 503
    NEXT ACTION   retry 2 of 5 at 2026-11-21 10:31:30Z (in 24s)
    "
  `);
});

test('a Backup that nothing has happened to yet has a short page', () => {
  const report = backupReport({
    seen: seenBackup(backupObject(), { operatorPresent: true }),
    traces: { pods: [], events: [] },
    workflow: { workflowId: 'backup/prod/orders/0b7c1f5e', asked: false },
  });
  expect(`\n${renderBackupReport(report, view)}\n`).toMatchInlineSnapshot(`
    "
    Backup         prod/orders
    UID            0b7c1f5e
    Created        2026-11-21 10:00:06Z (31m ago)
    Mode           log
    Phase          -
    Sub-command    log-start
    Job            none
    TidbCluster    prod/basic
    Storage        s3://shop/orders
    Owner          TiDB Operator creates the first Job, Holdfast retries
    Retry policy   5 retries from 30s, within 2h
    Incident       none so far

    TIMELINE (UTC)
      2026-11-21 10:00:06Z  31m ago     Backup     created

    NEXT ACTION   TiDB Operator creates the first Job
    "
  `);
});
