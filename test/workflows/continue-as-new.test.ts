import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureBinaries } from '../../dev/binaries/ensure-binaries.js';
import { readIncident } from '../../src/domain/retry/read-incident.js';
import { superviseBackupStart } from '../../src/temporal/supervise-backup-start.js';
import { ALL_SEARCH_ATTRIBUTES } from '../../src/workflows/search-attributes.js';
import { runReplicationRestoreStart } from '../../src/temporal/run-replication-restore-start.js';
import { extendBudget, nudge, retryNow, status } from '../../src/workflows/messages.js';
import { cancelRestore, restoreStatus } from '../../src/workflows/restore-messages.js';
import type { runReplicationRestore } from '../../src/workflows/run-replication-restore.js';
import type { superviseBackup } from '../../src/workflows/supervise-backup.js';
import { createSupervisedCluster } from './supervised-cluster.js';
import { createRestoredCluster } from './restored-cluster.js';
import { createTestWorkers } from './time-skipping-server.js';

/** The server suggests it after 4,096 events; an incident must not have to be that long to be tested. */
const SUGGEST_AFTER_EVENTS = 60;
const DEADLINE = { timeout: 20_000, interval: 50 };

let server: TestWorkflowEnvironment;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { temporal } = await ensureBinaries(['temporal']);
  server = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: temporal },
      ip: '127.0.0.1',
      searchAttributes: [...ALL_SEARCH_ATTRIBUTES],
      extraArgs: [
        '--dynamic-config-value',
        `limit.historyCount.suggestContinueAsNew=${SUGGEST_AFTER_EVENTS}`,
      ],
    },
  });
});
afterAll(() => server?.teardown());

test('an incident that continues as new keeps its times, its budget, its audit and its details', async () => {
  const cluster = createSupervisedCluster(['fails'], {
    maxRetryTimes: 3,
    retryTimeout: '100h',
    minRetryDuration: '1h',
  });
  const { input, activities } = cluster;
  const taskQueue = 'holdfast';
  const workers = await createTestWorkers(server, { taskQueue, cluster: input.cluster, activities });
  const start = () =>
    server.client.workflow.signalWithStart<typeof superviseBackup>('superviseBackup', {
      ...superviseBackupStart(input),
      taskQueue,
      signal: nudge,
    });
  cluster.onJobEnd({ nudge: start });
  await workers.runUntil(async () => {
    const first = await start();
    const newest = server.client.workflow.getHandle<typeof superviseBackup>(first.workflowId);
    const runIdNow = async () => (await newest.describe()).runId;
    const waitingFor = (retryNum: number) =>
      expect.poll(() => newest.query(status), DEADLINE).toMatchObject({ phase: 'Waiting', retryNum });
    await waitingFor(1);
    await newest.executeUpdate(extendBudget, { args: [{ retries: 2, by: 'alice@laptop' }] });
    await waitingFor(1);
    const before = await newest.query(status);

    await expect
      .poll(async () => {
        await newest.signal(nudge);
        return runIdNow();
      }, DEADLINE)
      .not.toBe(first.signaledRunId);
    await waitingFor(1);
    expect(await newest.query(status)).toEqual(before);
    expect(before.audit).toMatchObject([{ request: { kind: 'extendBudget', by: 'alice@laptop' } }]);
    const { currentDetails } = await newest.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(currentDetails).toContain('**Backup prod/orders** on cluster test: **Waiting**');
    expect(currentDetails).toContain('Asked last: extendBudget by alice@laptop');

    const runs = new Set<string>();
    for (const retryNum of [1, 2, 3, 4, 5]) {
      await waitingFor(retryNum);
      runs.add(await runIdNow());
      await newest.executeUpdate(retryNow, { args: [{ by: 'bob@desk' }] });
    }
    const result = await first.result();
    expect(result).toMatchObject({
      outcome: 'Failed',
      summary: expect.stringContaining('5 of 5 retries used'),
    });
    expect(runs.size).toBeGreaterThan(1);
    const { audit } = await newest.query(status);
    expect(audit?.map(({ request }) => request.by)).toEqual([
      'alice@laptop',
      ...Array<string>(5).fill('bob@desk'),
    ]);
  });
  expect(cluster.attempts).toEqual(['0', '1', '2', '3', '4', '5']);
  expect(readIncident(cluster.backup())).toMatchObject({
    state: 'settled',
    retries: 5,
    extended: { retries: 2 },
  });
});

test('a restore that continues as new keeps what it shows, and goes on', async () => {
  const cluster = createRestoredCluster();
  const { input, activities } = cluster;
  const taskQueue = 'holdfast-restores';
  const workers = await createTestWorkers(server, { taskQueue, cluster: input.cluster, activities });
  await workers.runUntil(async () => {
    const first = await server.client.workflow.start<typeof runReplicationRestore>('runReplicationRestore', {
      ...runReplicationRestoreStart(input),
      taskQueue,
    });
    const newest = server.client.workflow.getHandle<typeof runReplicationRestore>(first.workflowId);
    await expect.poll(() => cluster.hasJob('snapshot-restore'), DEADLINE).toBe(true);
    await cluster.endJob('snapshot-restore', 'Complete');
    await newest.signal(nudge);
    await expect.poll(() => newest.query(restoreStatus), DEADLINE).toMatchObject({ phase: 'Waiting' });
    await expect
      .poll(async () => {
        await newest.signal(nudge);
        return (await newest.describe()).runId;
      }, DEADLINE)
      .not.toBe(first.firstExecutionRunId);
    await expect.poll(() => newest.query(restoreStatus), DEADLINE).toMatchObject({ phase: 'Waiting' });
    cluster.compaction('Complete');
    await newest.signal(nudge);
    await expect.poll(() => cluster.hasJob('log-restore'), DEADLINE).toBe(true);
    await newest.executeUpdate(cancelRestore, { args: [{ by: 'alice@laptop' }] });
    expect(await first.result()).toMatchObject({ outcome: 'Failed' });
  });
});
