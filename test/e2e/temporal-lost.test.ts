import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { violationsOf, type IncidentHistory } from '../../bench/crash/invariants.js';
import type { PlannedIncident } from '../../bench/crash/incident-plan.js';
import type { Hold } from '../../dev/hold-proxy/holds.js';
import { startHoldProxy, type HoldProxy } from '../../dev/hold-proxy/start-hold-proxy.js';
import { logJobName } from '../../src/domain/backup/log-job-name.js';
import { incidentAnnotation } from '../../src/domain/retry/read-incident.js';
import { parseTime } from '../../src/domain/time.js';
import { FAILING_POD, SUCCEEDING_POD } from './backup-manifest.js';
import { startHoldfastWorld, type HoldfastWorld } from './holdfast-world.js';
import { loseTemporal } from './lose-temporal.js';
import { eventCounts, incidentOf, jobRunsOf, recordsOf } from './observations.js';
import { waitFor } from './wait-for.js';
import { startWorker, type WorkerProcess } from './worker-process.js';

type State = 'waiting' | 'restarting' | 'running' | 'settled' | 'stopped';

interface LostIncident extends PlannedIncident {
  readonly state: State;
}

/** Twenty incidents; of those that wait, half use up their budget. */
function incidentsOf(group: string): LostIncident[] {
  const several = (count: number, state: State, plan: Omit<PlannedIncident, 'name'>): LostIncident[] =>
    Array.from({ length: count }, (_, index) => ({
      ...plan,
      state,
      name: `${group}-${state}-${plan.failures}-${index}`,
    }));
  return [
    ...several(3, 'waiting', { failures: 1, maxRetries: 2, baseSeconds: 12, runsMs: 0 }),
    ...several(3, 'waiting', { failures: 3, maxRetries: 2, baseSeconds: 8, runsMs: 0 }),
    ...several(3, 'restarting', { failures: 1, maxRetries: 2, baseSeconds: 1, runsMs: 0 }),
    ...several(4, 'running', { failures: 1, maxRetries: 2, baseSeconds: 1, runsMs: 20_000 }),
    ...several(2, 'settled', { failures: 1, maxRetries: 2, baseSeconds: 1, runsMs: 0 }),
    ...several(2, 'settled', { failures: 2, maxRetries: 1, baseSeconds: 1, runsMs: 0 }),
    ...several(3, 'stopped', { failures: 1, maxRetries: 2, baseSeconds: 12, runsMs: 0 }),
  ];
}

let world: HoldfastWorld;
let proxy: HoldProxy;
let worker: WorkerProcess;

beforeAll(async () => {
  world = await startHoldfastWorld();
  const { stack } = world;
  const kubeconfig = await stack.controlPlane.kubeconfigFor({ user: 'holdfast-worker' });
  proxy = await startHoldProxy({ kubeconfig, folder: join(stack.folder, 'proxy') });
  const env = { ...stack.env, KUBECONFIG: proxy.kubeconfig };
  worker = await startWorker(stack.group, { name: 'worker', env });
});

afterAll(async () => {
  await proxy?.stop();
  await world?.stop();
});

/** Brings an incident into its state. */
async function reach(incident: LostIncident, hold: Hold | undefined): Promise<void> {
  const { name, state, failures, maxRetries, baseSeconds, runsMs } = incident;
  const policy = { maxRetryTimes: maxRetries, retryTimeout: '2h', minRetryDuration: `${baseSeconds}s` };
  const failing = Array.from({ length: failures }, () => FAILING_POD);
  await world.createBackup({ name, policy, script: [...failing, { ...SUCCEEDING_POD, afterMs: runsMs }] });
  const told = () => (eventCounts(world.journal, name)['RetryStarted'] ?? 0) > 0;
  switch (state) {
    case 'waiting':
      return void (await waitFor(`${name} waits`, told));
    case 'restarting':
      return void (await hold?.held);
    case 'running':
      return void (await waitFor(`${name} runs again`, () => jobRunsOf(world.journal, name).length === 2));
    case 'settled':
      return void (await waitFor(`${name} is settled`, () => isSettled(name)));
    case 'stopped':
      await waitFor(`${name} waits`, told);
      return stop(name);
  }
}

async function stop(name: string): Promise<void> {
  const incident = incidentOf(world.journal, name);
  if (incident === undefined) throw new Error(`${name} has no incident`);
  const annotations = incidentAnnotation({ ...incident, state: 'stopped' });
  await world.patchBackup(name, { metadata: { annotations } });
  await waitFor(`${name} is stopped`, () => incidentOf(world.journal, name)?.state === 'stopped');
}

function isSettled(name: string): boolean {
  return incidentOf(world.journal, name)?.state === 'settled';
}

function historyOf(name: string): IncidentHistory {
  const events = world.journal.events(name);
  return {
    backups: world.journal.backups(name),
    jobs: world.journal.jobs(logJobName(name, 'log-start')),
    events: events.map((object) => ({
      revision: Number(object.metadata.resourceVersion),
      deleted: false,
      object,
    })),
  };
}

function isDue(name: string): boolean {
  const [record] = recordsOf(world.journal, name);
  return (parseTime(record?.expectedRetryAt) ?? Infinity) < Date.now();
}

const SCENES = [
  { group: 'goes-on', what: 'while the worker goes on', restarted: false },
  { group: 'restarted', what: 'and the worker is restarted', restarted: true },
] as const;

describe.each(SCENES)('20 incidents whose Temporal is lost $what', ({ group, restarted }) => {
  const incidents = incidentsOf(group);
  const atRest = incidents.filter(({ state }) => state === 'settled' || state === 'stopped');
  const underWay = incidents.filter((incident) => !atRest.includes(incident));
  const revisions = new Map<string, number | undefined>();

  beforeAll(async () => {
    const holds = new Map(
      incidents
        .filter(({ state }) => state === 'restarting')
        .map(({ name }) => [name, proxy.holdNext(creationOfRetry(name))]),
    );
    await Promise.all(incidents.map((incident) => reach(incident, holds.get(incident.name))));
    for (const { name } of atRest) revisions.set(name, lastRevision(name));
    await loseTemporal(world.stack.group, () => {
      // The restart under way fails, and nobody is there to repeat it.
      for (const hold of holds.values()) hold.drop();
    });
    if (restarted) await worker.restart();
    await waitFor('all end', () => underWay.every(({ name }) => isSettled(name)), 90_000);
    await waitFor('those that were stopped are due', () => atRest.every(({ name }) => isDue(name)));
  }, 240_000);

  test.each(underWay)('$name goes on with the budget that was left, and no Job comes twice', (incident) => {
    expect(violationsOf(incident, historyOf(incident.name))).toEqual([]);
  });

  test.each(atRest)('$name stays as it was', ({ name }) => {
    expect(lastRevision(name)).toBe(revisions.get(name));
  });
});

function creationOfRetry(backup: string) {
  const body = new RegExp(`"name":"${logJobName(backup, 'log-start')}".*"holdfast.dev/attempt":"1"`);
  return { method: 'POST', path: /\/jobs(\?|$)/, body, when: 'before' } as const;
}

/** Of the Backup and its Jobs. */
function lastRevision(name: string): number {
  const { backups, jobs } = historyOf(name);
  return Math.max(...[...backups, ...jobs].map(({ revision }) => revision));
}
