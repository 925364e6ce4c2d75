import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, expect, test } from 'vitest';
import { WORKFLOW_BUNDLE } from '../workflows/time-skipping-server.js';

/**
 * Histories of real runs, one for each shape and released version; never edited, only added. Recorded with
 * `temporal workflow show --workflow-id … --run-id … --output json`, worker identities blanked.
 */
const FOLDER = fileURLToPath(new URL('./histories/', import.meta.url));
const files = await readdir(FOLDER);

beforeAll(() => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
});

const readHistory = async (file: string): Promise<unknown> =>
  JSON.parse(await readFile(`${FOLDER}${file}`, 'utf8'));
const replay = (history: unknown) =>
  Worker.runReplayHistory({ workflowBundle: WORKFLOW_BUNDLE }, history, 'backup/default/orders/uid');

const activity = (name: string, other: string) => [`"name":"${name}"`, `"name":"${other}"`] as const;
const WITHOUT_TIMER = ['EVENT_TYPE_TIMER_STARTED', 'EVENT_TYPE_MARKER_RECORDED'] as const;

test('there is a history of each workflow', () => {
  const names = [
    'supervise-backup',
    'watch-cluster',
    'watch-drill-plans',
    'run-replication-restore',
    'stress-cluster',
    'run-restore-drill',
  ];
  for (const name of names) expect(files.some((file) => file.startsWith(name))).toBe(true);
});

test.each(files)('%s replays with the workflows of today', async (file) => {
  await expect(replay(await readHistory(file))).resolves.toBeUndefined();
});

/** What was different, where, and how the history would read then. */
const OTHER_COURSES = [
  [
    'the first activity was another one',
    'supervise-backup-exhausted-v0.1.0',
    activity('reviewBackup', 'restartJob'),
  ],
  [
    'a request was carried out by another activity',
    'supervise-backup-stopped-v0.2.0',
    activity('applyRequest', 'reviewBackup'),
  ],
  ['an incident did not wait', 'supervise-backup-exhausted-v0.1.0', WITHOUT_TIMER],
  [
    'a restore created its Job without a look before',
    'run-replication-restore-complete-v0.3.0',
    activity('reviewRestore', 'createRestoreJob'),
  ],
  [
    'a restore created its Job where it now stops one',
    'run-replication-restore-cancelled-v0.3.0',
    activity('stopRestoreJobs', 'createRestoreJob'),
  ],
  ['a restore did not wait for its CompactBackup', 'run-replication-restore-timed-out-v0.3.0', WITHOUT_TIMER],
  [
    'a stress run deleted where it now creates',
    'stress-cluster-complete-v0.4.0',
    activity('createStressObjects', 'deleteStressNamespaces'),
  ],
  [
    'a drill ran its first rung before it had a folder',
    'run-restore-drill-passed-v0.4.0',
    activity('openDrill', 'runRung'),
  ],
  [
    'a canceled drill left its folder',
    'run-restore-drill-cancelled-v0.4.0',
    activity('closeDrill', 'recordDrill'),
  ],
  [
    'a drill closed its session twice, and entered no verdict',
    'run-restore-drill-verdict-before-closing-v0.5.0',
    activity('recordDrill', 'closeDrill'),
  ],
  [
    'the drill plans were watched by another activity',
    'watch-drill-plans-host-killed-and-stopped-v0.5.0',
    activity('observeDrillPlans', 'watchObjects'),
  ],
] as const;

test.each(OTHER_COURSES)('a history in which %s does not replay', async (_, file, [from, to]) => {
  const text = JSON.stringify(await readHistory(`${file}.json`));
  expect(text).toContain(from);
  await expect(replay(JSON.parse(text.replace(from, to)))).rejects.toThrow(DeterminismViolationError);
});
