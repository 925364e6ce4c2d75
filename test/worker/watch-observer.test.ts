import { beforeEach, describe, expect, test, vi } from 'vitest';
import { healthyPages } from '../../bench/watch/healthy-pages.js';
import { createBackupView, type BackupView } from '../../src/activities/watch/backup-view.js';
import type { WatchObserver } from '../../src/activities/watch/dependencies.js';
import type { Backup } from '../../src/domain/backup/backup.js';
import { createLogger } from '../../src/observability/logger.js';
import { createWorkerMetrics, type WorkerMetrics } from '../../src/observability/metrics.js';
import { beginWatchObserver } from '../../src/worker/watch-observer.js';
import { restoreWith } from '../domain/replication/restore-objects.js';
import { exampleBackup } from '../domain/retry/example-backup.js';

const logger = createLogger({ level: 'silent', format: 'json' });
let metrics: WorkerMetrics;
beforeEach(() => {
  metrics = createWorkerMetrics({ cluster: 'blue' });
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

/** The lines of /metrics, without comments. */
async function lines(): Promise<string[]> {
  const texts = await Promise.all(metrics.registries().map((registry) => registry.metrics()));
  return texts
    .join('\n')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** The series of Backups, with their values; without the buckets of the histogram. */
async function series(): Promise<string[]> {
  return (await lines()).filter((line) => line.includes('backup="') && !line.includes('_bucket'));
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

/** Its incident has used up its budget. */
function badlyEnded(): Backup {
  const { metadata } = failing({ started: true });
  const annotations = Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).map(([name, text]) => [
      name,
      text.replace('"open"', '"settled"'),
    ]),
  );
  const failed = {
    type: 'Failed',
    status: 'True',
    reason: 'RetryExhausted',
    lastTransitionTime: '2026-11-21T10:30:00Z',
  };
  const start = { command: 'log-start', phase: 'Failed', conditions: [failed] };
  return exampleBackup({
    metadata: { ...metadata, annotations },
    status: { phase: 'Failed', conditions: [failed], logSubCommandStatuses: { 'log-start': start } },
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
  const names = 'namespace="prod",backup="orders"';
  const cluster = 'cluster="blue"';
  const labels = `${names},${cluster}`;
  expect((await series()).sort()).toEqual(
    [
      `holdfast_backup_incident_started_timestamp_seconds{${labels}} 1795256400`,
      `holdfast_backup_retry_exhausted{${labels}} 0`,
      `holdfast_backup_retry_next_timestamp_seconds{${labels}} 1795257060`,
      `tidb_operator_log_backup_retry_current{${labels}} 1`,
      `tidb_operator_log_backup_retry_duration_seconds_count{${cluster},${names}} 0`,
      `tidb_operator_log_backup_retry_duration_seconds_sum{${cluster},${names}} 0`,
      `tidb_operator_log_backup_retry_exhausted_total{${labels}} 0`,
      `tidb_operator_log_backup_retry_result_total{${names},result="failure",${cluster}} 0`,
      `tidb_operator_log_backup_retry_result_total{${names},result="success",${cluster}} 0`,
      `tidb_operator_log_backup_retry_timeout_total{${labels}} 0`,
      `${RETRIES}{${names},reason="Infrastructure",${cluster}} 0`,
    ].sort(),
  );
  view.backupSeen(failing({ started: true }));
  expect(await value(RETRIES)).toBe(1);
});

test('a bad end is told with its time, until a person opens the incident again', async () => {
  const { view } = beginWatch();
  const ended = badlyEnded();
  view.backupSeen(ended);
  const labels = 'namespace="prod",backup="orders",reason="RetryExhausted",cluster="blue"';
  const ofEnd = async () =>
    (await series()).filter((line) => line.startsWith('holdfast_backup_retry_failed'));
  expect(await ofEnd()).toEqual([
    `holdfast_backup_retry_failed_timestamp_seconds{${labels}} 1795257000`,
    `holdfast_backup_retry_failed{${labels}} 1`,
  ]);
  view.backupSeen(failing({ started: true, retries: 2 }));
  expect(await ofEnd()).toEqual([]);
  view.backupSeen(ended);
  view.backupGone(ended);
  expect(await series()).toEqual([]);
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
    observer.alive({ resource: 'backups', namespace: undefined, objects: 1 });
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

describe('the watch itself', () => {
  test('knows what all its namespaces have, and is as old as the one that is silent for longest', async () => {
    const { observer } = beginWatch();
    const sign = (namespace: string, objects: number, time: string) => {
      vi.setSystemTime(Date.parse(time));
      observer.alive({ resource: 'backups', namespace, objects });
    };
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      sign('prod', 2, '2026-11-21T10:00:00Z');
      sign('shop', 3, '2026-11-21T10:00:10Z');
      sign('shop', 4, '2026-11-21T10:05:00Z');
    } finally {
      vi.useRealTimers();
    }
    const own = (await lines()).filter((line) => line.includes('resource="backups"'));
    expect(own).toEqual([
      `holdfast_watch_last_event_timestamp_seconds{resource="backups",cluster="blue"} ${Date.parse('2026-11-21T10:00:00Z') / 1_000}`,
      'holdfast_watch_objects{resource="backups",cluster="blue"} 6',
    ]);
  });

  const restarts = async () =>
    (await lines()).find((line) => line.startsWith('holdfast_watch_restarts_total'));

  test('is counted for each run that this process began, from 0 on', async () => {
    expect(await restarts()).toBe('holdfast_watch_restarts_total 0');
    beginWatch().observer.ended();
    beginWatch();
    expect(await restarts()).toBe('holdfast_watch_restarts_total 2');
  });

  test('tells when it began, and its cluster, as long as it runs', async () => {
    const { observer } = beginWatch();
    const began = (await lines()).filter((line) => line.startsWith('holdfast_watch_started'));
    expect(began).toEqual([
      expect.stringMatching(/^holdfast_watch_started_timestamp_seconds\{cluster="blue"\} [\d.]+$/),
    ]);
    observer.ended();
    expect((await lines()).filter((line) => line.startsWith('holdfast_watch_started'))).toEqual([]);
  });
});

describe('the series of Restores', () => {
  /** A Restore that BR works at, as the watch hands it on. */
  const running = restoreWith({
    status: {
      phase: 'Running',
      conditions: [{ type: 'Running', status: 'True', lastTransitionTime: '2026-11-21T10:20:00Z' }],
    },
  });
  const failed = restoreWith({
    status: {
      phase: 'Failed',
      conditions: [
        ...(running.status.conditions ?? []),
        {
          type: 'Failed',
          status: 'True',
          reason: 'LogRestoreFailed',
          lastTransitionTime: '2026-11-21T10:25:00Z',
        },
      ],
    },
  });
  const names = 'namespace="prod",restore="orders"';
  const ofRestores = async () => (await lines()).filter((line) => line.startsWith('holdfast_restore_'));

  test('say where it is, and only that', async () => {
    const { observer } = beginWatch();
    observer.restoreChanged({ after: running });
    expect(await ofRestores()).toEqual([
      `holdfast_restore_phase{${names},phase="Running",cluster="blue"} 1`,
      `holdfast_restore_phase_started_timestamp_seconds{${names},phase="Running",cluster="blue"} 1795256400`,
    ]);
    observer.restoreChanged({ before: running, after: failed });
    expect(await ofRestores()).toEqual([
      `holdfast_restore_phase{${names},phase="Failed",cluster="blue"} 1`,
      `holdfast_restore_phase_started_timestamp_seconds{${names},phase="Failed",cluster="blue"} 1795256700`,
      `holdfast_restore_failed{${names},reason="LogRestoreFailed",cluster="blue"} 1`,
    ]);
  });

  test('name what somebody has to bring, until it is there', async () => {
    const { observer } = beginWatch();
    const waiting = restoreWith({
      status: {
        conditions: [
          {
            type: 'Waiting',
            status: 'True',
            reason: 'TidbClusterNotFound',
            lastTransitionTime: '2026-11-21T10:20:00Z',
          },
        ],
      },
    });
    const waits = async () => (await ofRestores()).filter((line) => line.includes('_waiting_'));
    observer.restoreChanged({ after: waiting });
    expect(await waits()).toEqual([
      `holdfast_restore_waiting_started_timestamp_seconds{${names},reason="TidbClusterNotFound",cluster="blue"} 1795256400`,
    ]);
    observer.restoreChanged({ before: waiting, after: running });
    expect(await waits()).toEqual([]);
  });

  test('vanish when it has ended well, and when it is gone', async () => {
    const { observer } = beginWatch();
    observer.restoreChanged({ after: failed });
    observer.restoreChanged({ before: failed });
    expect(await ofRestores()).toEqual([]);
    observer.restoreChanged({ after: running });
    observer.restoreChanged({ before: running, after: restoreWith({ status: { phase: 'Complete' } }) });
    expect(await ofRestores()).toEqual([]);
  });

  test('are the same for a watch that begins later', async () => {
    beginWatch().observer.restoreChanged({ after: failed });
    const first = await ofRestores();
    beginWatch().observer.restoreChanged({ after: failed });
    expect(await ofRestores()).toEqual(first);
  });
});

test('10,000 healthy Backups add no series', async () => {
  const { view } = beginWatch();
  const before = await lines();
  const backups = healthyPages(10_000)('backups', { from: 0, count: 10_000 });
  for (const backup of backups) view.backupSeen(backup);
  expect(view.size().backups).toBe(10_000);
  expect(await lines()).toEqual(before);
});
