import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Backup } from '../../src/domain/backup/backup.js';
import type { ApiServerAway } from '../../src/domain/api-server-away.js';
import type { Restore } from '../../src/domain/replication/restore.js';
import { nudge, status } from '../../src/workflows/messages.js';
import { restoreStatus } from '../../src/workflows/restore-messages.js';
import { incidentOf } from './observations.js';
import { LOG_POD, SNAPSHOT_POD } from './restore-manifest.js';
import { startRestoreWorld, type RestoreWorld } from './restore-world.js';
import { runHoldfast } from './run-holdfast.js';
import { waitFor } from './wait-for.js';
import { startWorker, type WorkerProcess } from './worker-process.js';

/** After pauses of 2, 4, 8 and 16 seconds. */
const LONG_AWAY_ATTEMPT = 5;
const AWAY = /API server away since [\dTZ:-]+, attempt \d+: no answer: .*ECONNREFUSED/;

let world: RestoreWorld;
let worker: WorkerProcess;
let backup: Backup;
let restore: Restore;
/** What both workflows said while the API server was away. */
const away: { incident?: ApiServerAway; restore?: ApiServerAway } = {};
const described: { exitCode: number | undefined; stderr: string }[] = [];

beforeAll(async () => {
  // The journal has to outlive the API server.
  world = await startRestoreWorld({ journal: 'etcd' });
  worker = await startWorker(world.stack.group, { name: 'worker', env: world.stack.env });
  await world.createCompactBackup('cb');
  await world.setCompaction('cb', { state: 'Running' });
  restore = await world.createRestore({ name: 'away', compactBackup: 'cb', script: [SNAPSHOT_POD, LOG_POD] });
  await waitFor('the restore waits for its compaction', async () => {
    const conditions = world.latestRestore('away')?.status.conditions ?? [];
    return conditions.some(({ type }) => type === 'SnapshotRestored');
  });
  backup = await world.createBackup({
    name: 'orders',
    policy: { maxRetryTimes: 5, retryTimeout: '2h', minRetryDuration: '3s' },
    script: [
      { kind: 'process', br: 'storage-error', brSeconds: 0.2 },
      { kind: 'process', br: 'ok', brSeconds: 0.2 },
    ],
  });
  await waitFor('the retry waits', async () => (await incidentStatus()).phase === 'Waiting');
  await beWithoutApiServer();
});
afterAll(() => world?.stop());

const incidentStatus = () => world.workflowOf(backup).query(status);
const restoreView = () => world.restoreWorkflow(restore).query(restoreStatus);

async function beWithoutApiServer(): Promise<void> {
  const { group } = world.stack;
  await group.killHard('kube-apiserver');
  await world.restoreWorkflow(restore).signal(nudge);
  const longAway = async (ask: () => Promise<{ apiServerAway?: ApiServerAway }>) =>
    waitFor(
      'a workflow says that the API server is away',
      async () => {
        const { apiServerAway } = await ask();
        return (apiServerAway?.attempt ?? 0) >= LONG_AWAY_ATTEMPT && apiServerAway;
      },
      90_000,
    );
  [away.incident, away.restore] = await Promise.all([longAway(incidentStatus), longAway(restoreView)]);
  for (const args of [
    ['backup', 'describe', 'default/orders'],
    ['restore', 'describe', 'default/away'],
  ]) {
    described.push(await runHoldfast(world.stack, { args: [...args, '--api-retries', '0'] }));
  }
  await group.restart('kube-apiserver');
}

test('an incident and a restore say since when the API server is away', () => {
  for (const said of [away.incident, away.restore]) {
    expect(said?.message).toMatch(/ECONNREFUSED/);
    expect(Date.parse(said?.since ?? '')).toBeGreaterThan(
      Date.parse(backup.metadata.creationTimestamp ?? ''),
    );
  }
});

test('describe tells what the workflow says, while it cannot read the object', () => {
  for (const { exitCode, stderr } of described) {
    expect(stderr).toMatch(AWAY);
    expect(exitCode).toBe(8);
  }
});

test('both go on to their good ends when it is back, and say no more of it', async () => {
  await waitFor(
    'the incident settles',
    () => incidentOf(world.journal, 'orders')?.state === 'settled',
    // The garbage collector, too, finds the API server again in its own time: the failed Job may go after a minute.
    180_000,
  );
  expect(await world.workflowOf(backup).result()).toMatchObject({ outcome: 'Succeeded' });
  await waitFor(
    'the API server answers the restore',
    async () => (await restoreView()).apiServerAway === undefined,
    60_000,
  );
  await world.setCompaction('cb', { state: 'Complete' });
  expect((await world.restoreResult(restore)).outcome).toBe('Complete');
  const attempts = new Set(
    world.journal.jobs('backup-orders-log-start').map(({ object }) => object.metadata.uid),
  );
  expect(attempts.size).toBe(2);
}, 300_000);

test('the commands of the guide find them in the log', async () => {
  const guide = await readFile(new URL('../../docs/api-resilience.md', import.meta.url), 'utf8');
  const [, ...commands] = /```sh\nLOGS=([^]*?)```/.exec(guide)?.[1]?.trim().split('\n') ?? [];
  const env = { LOGS: `cat ${world.stack.group.logFile('worker')}` };
  // `grep -c` counts nothing with exit code 1.
  const runs = commands.map((command) => execa('bash', ['-c', command], { env, reject: false }));
  const [saved, givenUp, spread, pauses, why] = (await Promise.all(runs)).map(({ stdout }) => stdout);
  expect(Number(saved)).toBeGreaterThan(0);
  expect(givenUp).toBe('0');
  expect(spread).toMatch(/^ *\d+ \d+$/m);
  expect(pauses).toMatch(/^ *\d+ retrying in 2s$/m);
  expect(pauses).toMatch(/^ *\d+ retrying in 16s$/m);
  expect(why).toMatch(/^ *\d+ no answer: connect ECONNREFUSED/m);
});

test('the log has the lines that people grep, and the metrics count them', async () => {
  const log = await worker.log();
  expect(log).toMatch(
    /\[RETRY\] \w+ \w+ \S+ failed \(attempt 1\): no answer: .*ECONNREFUSED.* - retrying in 2s/,
  );
  expect(log).toMatch(/\[RETRY\] \w+ \w+ \S+ failed \(attempt 4\): no answer: .* - retrying in 16s/);
  expect(log).toMatch(/\[RETRY\] \w+ \w+ \S+ succeeded after \d+ retries/);
  expect(log).toMatch(/\[RETRY\] list and watch \w+ failed \(attempt 1\): .* - retrying in 2s/);
  expect(log).toMatch(/\[RETRY\] list and watch \w+ succeeded after \d+ retries/);
  const { text } = await worker.ask('/metrics');
  const retries = Number(/^holdfast_api_retries_total\{reason="ConnectionFailed"\} (\d+)$/m.exec(text)?.[1]);
  console.log(`calls repeated while the API server was away: ${retries}`);
  expect(retries).toBeGreaterThan(10);
  expect(text).toMatch(/^holdfast_api_attempts_total\{verb="watch",resource="backups",code="200"\} \d+$/m);
  expect(text).toMatch(/^holdfast_api_attempts_total\{verb="\w+",resource="\w+",code="<error>"\} \d+$/m);
});
