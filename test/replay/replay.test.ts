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

test('a history in which the first activity was another one does not replay', async () => {
  const text = JSON.stringify(await readHistory('supervise-backup-exhausted-v0.1.0.json'));
  const altered: unknown = JSON.parse(text.replace('"name":"reviewBackup"', '"name":"restartJob"'));
  expect(JSON.stringify(altered)).not.toBe(text);
  await expect(replay(altered)).rejects.toThrow(DeterminismViolationError);
});

test('a history in which a request was carried out by another activity does not replay', async () => {
  const text = JSON.stringify(await readHistory('supervise-backup-stopped-v0.2.0.json'));
  const altered: unknown = JSON.parse(text.replace('"name":"applyRequest"', '"name":"reviewBackup"'));
  expect(JSON.stringify(altered)).not.toBe(text);
  await expect(replay(altered)).rejects.toThrow(DeterminismViolationError);
});

test('a history in which a restore created its Job without a look before does not replay', async () => {
  const text = JSON.stringify(await readHistory('run-replication-restore-complete-v0.3.0.json'));
  const altered: unknown = JSON.parse(text.replace('"name":"reviewRestore"', '"name":"createRestoreJob"'));
  expect(JSON.stringify(altered)).not.toBe(text);
  await expect(replay(altered)).rejects.toThrow(DeterminismViolationError);
});

test('a history without its timer does not replay', async () => {
  const text = JSON.stringify(await readHistory('supervise-backup-exhausted-v0.1.0.json'));
  const altered: unknown = JSON.parse(text.replace('EVENT_TYPE_TIMER_STARTED', 'EVENT_TYPE_MARKER_RECORDED'));
  expect(JSON.stringify(altered)).not.toBe(text);
  await expect(replay(altered)).rejects.toThrow(DeterminismViolationError);
});

test('a history in which a restore created its Job where it now stops one does not replay', async () => {
  const text = JSON.stringify(await readHistory('run-replication-restore-cancelled-v0.3.0.json'));
  const altered: unknown = JSON.parse(text.replace('"name":"stopRestoreJobs"', '"name":"createRestoreJob"'));
  expect(JSON.stringify(altered)).not.toBe(text);
  await expect(replay(altered)).rejects.toThrow(DeterminismViolationError);
});

test('a history of a restore that did not wait for its CompactBackup does not replay', async () => {
  const text = JSON.stringify(await readHistory('run-replication-restore-timed-out-v0.3.0.json'));
  const altered: unknown = JSON.parse(text.replace('EVENT_TYPE_TIMER_STARTED', 'EVENT_TYPE_MARKER_RECORDED'));
  expect(JSON.stringify(altered)).not.toBe(text);
  await expect(replay(altered)).rejects.toThrow(DeterminismViolationError);
});

test('a history of a stress run that deleted where it now creates does not replay', async () => {
  const text = JSON.stringify(await readHistory('stress-cluster-complete-v0.4.0.json'));
  const altered: unknown = JSON.parse(
    text.replace('"name":"createStressObjects"', '"name":"deleteStressNamespaces"'),
  );
  expect(JSON.stringify(altered)).not.toBe(text);
  await expect(replay(altered)).rejects.toThrow(DeterminismViolationError);
});

test('a history in which a drill ran its first rung before it had a folder does not replay', async () => {
  const text = JSON.stringify(await readHistory('run-restore-drill-passed-v0.4.0.json'));
  const altered: unknown = JSON.parse(text.replace('"name":"openDrill"', '"name":"runRung"'));
  expect(JSON.stringify(altered)).not.toBe(text);
  await expect(replay(altered)).rejects.toThrow(DeterminismViolationError);
});

test('a history in which a canceled drill left its folder does not replay', async () => {
  const text = JSON.stringify(await readHistory('run-restore-drill-cancelled-v0.4.0.json'));
  const altered: unknown = JSON.parse(text.replace('"name":"closeDrill"', '"name":"recordDrill"'));
  expect(JSON.stringify(altered)).not.toBe(text);
  await expect(replay(altered)).rejects.toThrow(DeterminismViolationError);
});

test('a history in which the drill plans were watched by another activity does not replay', async () => {
  const [file = ''] = files.filter((name) => name.startsWith('watch-drill-plans-host-killed'));
  const text = JSON.stringify(await readHistory(file));
  const altered: unknown = JSON.parse(text.replace('"name":"observeDrillPlans"', '"name":"watchObjects"'));
  expect(JSON.stringify(altered)).not.toBe(text);
  await expect(replay(altered)).rejects.toThrow(DeterminismViolationError);
});

test('a history in which a drill closed its session twice, and entered no verdict, does not replay', async () => {
  const text = JSON.stringify(await readHistory('run-restore-drill-verdict-before-closing-v0.5.0.json'));
  const altered: unknown = JSON.parse(text.replace('"name":"recordDrill"', '"name":"closeDrill"'));
  expect(JSON.stringify(altered)).not.toBe(text);
  await expect(replay(altered)).rejects.toThrow(DeterminismViolationError);
});
