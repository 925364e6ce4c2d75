import { afterAll, beforeAll, expect, test } from 'vitest';
import { readIncident } from '../../../src/domain/retry/read-incident.js';
import type { SuperviseBackupInput } from '../../../src/domain/retry/supervise-input.js';
import { footprint, startBackupWorld, type BackupWorld } from '../backup-world.js';

let world: BackupWorld;
beforeAll(async () => {
  world = await startBackupWorld();
});
afterAll(() => world?.stop());

const reasonsOf = async (input: SuperviseBackupInput) =>
  (await world.events(input)).map(({ reason }) => reason).sort();

test("records a failed Job as the workflow's review would, which then finds nothing to add", async () => {
  const input = await world.failedBackup('at-once');
  const recorded = await world.recordAtOnce(input);
  expect(recorded).toMatchObject({ next: 'Retry', retryNum: 1, maxRetries: 5 });
  const written = await footprint(world, input);
  const reviewed = await world.activities().reviewBackup(input);
  expect(reviewed).toStrictEqual({ ...recorded, dueMs: expect.any(Number) });
  expect(await footprint(world, input)).toStrictEqual(written);
  expect(await reasonsOf(input)).toEqual(['RetryStarted']);
});

test('records it once when two watches and a workflow see it at the same time', async () => {
  const input = await world.failedBackup('at-once-together');
  await Promise.all([
    ...Array.from({ length: 5 }, () => world.recordAtOnce(input)),
    world.activities().reviewBackup(input),
  ]);
  const { status } = await world.backup(input);
  expect(status.backoffRetryStatus).toHaveLength(1);
  expect(await reasonsOf(input)).toEqual(['RetryStarted']);
});

test('leaves to the workflow what ends the incident, and writes nothing', async () => {
  const input = await world.failedBackup('at-once-disabled', { backoffRetryPolicy: { maxRetryTimes: 0 } });
  const before = await footprint(world, input);
  expect(await world.recordAtOnce(input)).toBeUndefined();
  expect(await footprint(world, input)).toStrictEqual(before);
  expect(readIncident(await world.backup(input))).toBeUndefined();
});

test('does nothing about a Job that runs, and about a Backup that is gone', async () => {
  const input = await world.createBackup('at-once-running');
  await world.activities().createFirstJob(input);
  const before = await footprint(world, input);
  expect(await world.recordAtOnce(input)).toBeUndefined();
  expect(await world.recordAtOnce({ ...input, uid: 'predecessor' })).toBeUndefined();
  expect(await footprint(world, input)).toStrictEqual(before);
});
