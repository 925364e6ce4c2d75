import { beforeEach, describe, expect, test } from 'vitest';
import { createBackupView, type BackupView } from '../../src/activities/watch/backup-view.js';
import type { WatchObserver } from '../../src/activities/watch/dependencies.js';
import type { Backup } from '../../src/domain/backup/backup.js';
import { createLogger } from '../../src/observability/logger.js';
import { createWorkerMetrics, type WorkerMetrics } from '../../src/observability/metrics.js';
import { beginWatchObserver } from '../../src/worker/watch-observer.js';
import { exampleBackup } from '../domain/retry/example-backup.js';

const logger = createLogger({ level: 'silent', format: 'json' });
let metrics: WorkerMetrics;
beforeEach(() => {
  metrics = createWorkerMetrics();
});

/** A new run of the watch in this process. */
function beginWatch(): { view: BackupView; observer: WatchObserver } {
  const observer = beginWatchObserver(metrics, logger);
  const view = createBackupView({
    onAttention: () => undefined,
    operatorOwns: () => true,
    hasWorkflow: () => true,
    now: () => Date.parse('2026-11-21T10:30:00Z'),
    onChange: observer.backupChanged,
    onJobGone: () => undefined,
  });
  return { view, observer };
}

/** The series of Backups, with their values; without the buckets of the histogram. */
async function series(): Promise<string[]> {
  const texts = await Promise.all(metrics.registries().map((registry) => registry.metrics()));
  return texts
    .join('\n')
    .split('\n')
    .filter((line) => line.includes('backup="') && !line.includes('_bucket'));
}

async function value(name: string, label = ''): Promise<number | undefined> {
  const line = (await series()).find((line) => line.startsWith(`${name}{`) && line.includes(label));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

const RETRIES = 'tidb_operator_log_backup_retry_total';

function failing({
  started,
  retries = 1,
  uid = 'backup-uid',
}: {
  started: boolean;
  retries?: number;
  uid?: string;
}): Backup {
  const incident = {
    id: 'job-1',
    firstFailedAt: '2026-11-21T10:20:00Z',
    retries,
    lastJobUid: `job-${retries}`,
    specHash: 'h',
    state: 'open',
    lastClass: 'Infrastructure',
  };
  const records = Array.from({ length: retries }, (_, index) => ({
    retryNum: index + 1,
    detectFailedAt: '2026-11-21T10:20:00Z',
    expectedRetryAt: '2026-11-21T10:31:00Z',
    ...((started || index + 1 < retries) && { realRetryAt: '2026-11-21T10:21:00Z' }),
  }));
  return exampleBackup({
    metadata: { uid, annotations: { 'holdfast.dev/incident': JSON.stringify(incident) } },
    status: { phase: 'Running', backoffRetryStatus: records },
  });
}

test('a Backup that never failed has no series', async () => {
  const { view } = beginWatch();
  view.backupSeen(exampleBackup());
  expect(await series()).toEqual([]);
});

test('a failure creates every counter at 0, so that the first increment shows', async () => {
  const { view } = beginWatch();
  view.backupSeen(exampleBackup());
  view.backupSeen(failing({ started: false }));
  const labels = 'namespace="prod",backup="orders"';
  expect((await series()).sort()).toEqual(
    [
      `holdfast_backup_incident_started_timestamp_seconds{${labels}} 1795256400`,
      `holdfast_backup_retry_exhausted{${labels}} 0`,
      `holdfast_backup_retry_next_timestamp_seconds{${labels}} 1795257060`,
      `tidb_operator_log_backup_retry_current{${labels}} 1`,
      `tidb_operator_log_backup_retry_duration_seconds_count{${labels}} 0`,
      `tidb_operator_log_backup_retry_duration_seconds_sum{${labels}} 0`,
      `tidb_operator_log_backup_retry_exhausted_total{${labels}} 0`,
      `tidb_operator_log_backup_retry_result_total{${labels},result="failure"} 0`,
      `tidb_operator_log_backup_retry_result_total{${labels},result="success"} 0`,
      `tidb_operator_log_backup_retry_timeout_total{${labels}} 0`,
      `${RETRIES}{${labels},reason="Infrastructure"} 0`,
    ].sort(),
  );
  view.backupSeen(failing({ started: true }));
  expect(await value(RETRIES)).toBe(1);
});

describe('nothing is counted twice', () => {
  test('by a list after the watch was cut off', async () => {
    const { view } = beginWatch();
    view.backupSeen(exampleBackup());
    view.backupSeen(failing({ started: true, retries: 2 }));
    expect(await value(RETRIES)).toBe(2);
    view.backupSeen(failing({ started: true, retries: 2 }));
    view.forgetUnseen({ kind: 'backups', namespace: undefined, uids: new Set(['backup-uid']) });
    expect(await value(RETRIES)).toBe(2);
    expect(await value('tidb_operator_log_backup_retry_result_total', 'failure')).toBe(1);
  });

  test('by a watch that begins: history is not counted, and the gauges are there at once', async () => {
    const { view } = beginWatch();
    view.backupSeen(failing({ started: true, retries: 3 }));
    expect(await value(RETRIES)).toBe(0);
    expect(await value('tidb_operator_log_backup_retry_current')).toBe(3);
    expect(await value('holdfast_backup_incident_started_timestamp_seconds')).toBe(1_795_256_400);
  });
});

describe('all series of a Backup vanish', () => {
  test('when it is deleted', async () => {
    const { view } = beginWatch();
    view.backupSeen(failing({ started: true }));
    expect(await series()).not.toEqual([]);
    view.backupGone(failing({ started: true }));
    expect(await series()).toEqual([]);
  });

  test('when it was deleted while nobody watched, and the list comes without it', async () => {
    const { view } = beginWatch();
    view.backupSeen(failing({ started: true }));
    view.forgetUnseen({ kind: 'backups', namespace: 'prod', uids: new Set() });
    expect(await series()).toEqual([]);
  });

  test('when another object of its name takes its place, and its history is not the new one', async () => {
    const { view } = beginWatch();
    view.backupSeen(exampleBackup());
    view.backupSeen(failing({ started: true }));
    view.backupSeen(exampleBackup({ metadata: { uid: 'another' } }));
    expect(await series()).toEqual([]);
    view.backupSeen(failing({ started: true, uid: 'another' }));
    expect(await value(RETRIES)).toBe(1);
  });

  test('when the watch ends: another process tells them now', async () => {
    const { view, observer } = beginWatch();
    observer.alive({ resource: 'backups', objects: 1 });
    view.backupSeen(failing({ started: true }));
    observer.ended();
    expect(await series()).toEqual([]);
    const texts = await Promise.all(metrics.registries().map((registry) => registry.metrics()));
    expect(texts.join('')).not.toContain('holdfast_watch_objects');
  });
});

test('a run of the watch that ends late does not take the series of the next one', async () => {
  const late = beginWatch();
  const next = beginWatch();
  next.view.backupSeen(failing({ started: true }));
  late.view.backupSeen(failing({ started: true }));
  late.observer.ended();
  expect(await value('tidb_operator_log_backup_retry_current')).toBe(1);
});
