import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ruleGroups } from '../../monitoring/build-rules.js';
import { readValues } from '../../monitoring/values.js';
import { FAILING_POD, type BackupWish } from './backup-manifest.js';
import { incidentOf } from './observations.js';
import { FAILING_SNAPSHOT_POD } from './restore-manifest.js';
import { startRestoreWorld, type RestoreWorld } from './restore-world.js';
import { failedBlocks, openOnCallShell, type OnCallShell } from './runbook-commands.js';
import { waitFor } from './wait-for.js';
import { startWorker } from './worker-process.js';

/** Drills need other servers: runbooks-drill.test.ts. */
const { rules } = await readValues('production');
const alerts = ruleGroups(rules)
  .flatMap((group) => group.rules)
  .filter(({ labels }) => labels.feature !== 'drill');

const EXHAUSTED = 'orders';
/** Alerts whose pages are about another end. */
const BACKUP_OF: Readonly<Record<string, string>> = {
  LogBackupRetryTimeout: 'timed-out',
  LogBackupFailed: 'refused',
};
const BACKUPS: readonly BackupWish[] = [
  {
    name: EXHAUSTED,
    policy: { maxRetryTimes: 1, retryTimeout: '2h', minRetryDuration: '1s' },
    script: [FAILING_POD],
  },
  {
    name: 'timed-out',
    policy: { maxRetryTimes: 5, retryTimeout: '40s', minRetryDuration: '60s' },
    script: [FAILING_POD],
  },
  { name: 'refused', script: [{ kind: 'process', br: 'access-denied' }] },
];

const values = {
  NAMESPACE: 'default',
  BACKUP: EXHAUSTED,
  TASK: EXHAUSTED,
  RESTORE: 'orders',
  TIDB_CLUSTER: 'basic',
  CLUSTER: 'holdfast-dev',
  PROMETHEUS: '',
  ALERTMANAGER: '',
};
let servers = { LOGS: '', WORKER: '' };

let world: RestoreWorld;
let shell: OnCallShell;

beforeAll(async () => {
  world = await startRestoreWorld();
  const { group, env } = world.stack;
  const worker = await startWorker(group, { name: 'worker', env });
  for (const backup of BACKUPS) await world.createBackup(backup);
  const restore = await world.createRestore({ name: values.RESTORE, script: [FAILING_SNAPSHOT_POD] });
  for (const { name } of BACKUPS) {
    await waitFor(`${name} has ended`, () => incidentOf(world.journal, name)?.state === 'settled');
  }
  await world.restoreResult(restore);
  servers = { LOGS: `cat ${group.logFile('worker')}`, WORKER: `http://${worker.address}` };
  shell = await openOnCallShell(world.stack);
});

afterAll(async () => {
  await world?.stop();
});

describe('the commands of the runbook', () => {
  test.each(alerts)('$alert do what its page says', async ({ alert }) => {
    const labels = { ...values, ...servers, BACKUP: BACKUP_OF[alert] ?? EXHAUSTED };
    expect(await failedBlocks(alert, { shell, values: labels })).toEqual([]);
  });
});
