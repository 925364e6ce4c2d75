import { expect, test } from 'vitest';
import { CliFailure } from '../../../src/cli/cli-failure.js';
import { run, type StressArguments } from '../../../src/cli/commands/stress.js';
import type { StressStart } from '../../../src/cli/temporal-stress.js';
import type { TemporalAccess } from '../../../src/cli/temporal-access.js';
import type { StressProgress } from '../../../src/domain/stress/stress-progress.js';
import { EMPTY_LOG } from '../../../src/domain/stress/stress-log.js';
import { emptyTally } from '../../../src/domain/stress/stress-tally.js';
import { cliWorld, NOW_MS, type CliWorld } from '../cli-world.js';

const ARGS: StressArguments = {
  prefix: 'deploy-test-',
  totalNamespaces: 2,
  deployments: 1,
  configmaps: 2,
  secrets: 2,
  services: 1,
  statefulsets: 1,
  buildJobs: 2,
  replicas: 0,
  image: 'registry.k8s.io/pause:3.10',
  maxConcurrentOperations: 50,
  maxRetries: 3,
  initialBackoff: 2_000,
  run: 'nightly',
  iKnowThisCluster: 'prod-eu',
  wait: true,
  timeout: 60_000,
  output: 'json',
};

function remembered(temporal: Partial<TemporalAccess> = {}) {
  const started: StressStart[] = [];
  const startStress: TemporalAccess['startStress'] = async (start) => {
    started.push(start);
    return { workflowId: 'stress/prod-eu/nightly', runId: 'run-1', attached: false };
  };
  return { started, temporal: { startStress, ...temporal } };
}

test('the flags become the input of the workflow, the other name of a flag included', async () => {
  const { started, temporal } = remembered();
  const { deps } = cliWorld({ temporal });
  expect(await run({ ...ARGS, maxConcurrent: 7, wait: false }, deps)).toBe(0);
  expect(started[0]?.input).toEqual({
    cluster: 'prod-eu',
    clusterUid: 'kube-uid',
    run: 'nightly',
    keep: false,
    acknowledgedContext: 'prod-eu',
    work: {
      prefix: 'deploy-test-',
      totalNamespaces: 2,
      deployments: 1,
      configMaps: 2,
      secrets: 2,
      services: 1,
      statefulSets: 1,
      buildJobs: 2,
      replicas: 0,
      image: 'registry.k8s.io/pause:3.10',
      maxConcurrentOperations: 7,
      retry: { maxRetries: 3, initialBackoffMs: 2_000 },
    },
  });
});

test('a dry run prints the plan and starts nothing', async () => {
  const { started, temporal } = remembered();
  const { deps, data } = cliWorld({ temporal });
  expect(await run({ ...ARGS, dryRun: true, output: 'table' }, deps)).toBe(0);
  expect(started).toEqual([]);
  expect(data()).toMatch(/^ConfigMap +2 +4 +deploy-1-cm-0/m);
  expect(data()).toMatch(/^all +22/m);
});

test('a cluster that nobody has named is refused before anything begins', async () => {
  const { started, temporal } = remembered();
  const { deps } = cliWorld({ temporal });
  const { iKnowThisCluster: _unnamed, ...args } = ARGS;
  await expect(run(args, deps)).rejects.toMatchObject({ exitCode: 7 });
  expect(started).toEqual([]);
});

const RESULT = { summary: 'said by the workflow', log: EMPTY_LOG };

test.each([
  ['Complete', 0],
  ['Partial', 3],
  ['Failed', 1],
] as const)('a run that ends %s has exit code %i', async (outcome, exitCode) => {
  const { temporal } = remembered({ stressOutcomeOf: async () => ({ outcome, ...RESULT }) });
  const { deps, data } = cliWorld({ temporal });
  expect(await run(ARGS, deps)).toBe(exitCode);
  expect(JSON.parse(data())).toMatchObject({ outcome, summary: 'said by the workflow', run: 'nightly' });
});

test('not ended in time has exit code 5, and the way to look again', async () => {
  const { temporal } = remembered({ stressOutcomeOf: async () => undefined });
  const { deps, said } = cliWorld({ temporal });
  expect(await run(ARGS, deps)).toBe(5);
  expect(said.at(-1)).toMatch(/the work goes on: holdfast stress --run nightly/);
});

test('while it waits it shows how the run goes', async () => {
  const progress: StressProgress = {
    startedMs: NOW_MS - 12_000,
    updatedMs: NOW_MS,
    operations: 2_400,
    next: 340,
    pending: [],
    namespaces: {},
    tally: {
      ...emptyTally(),
      succeeded: 338,
      failed: 2,
      failedAttempts: { 'etcdserver: request timed out': 12 },
    },
    log: EMPTY_LOG,
  };
  let end: () => void = () => undefined;
  const over = new Promise<void>((resolve) => (end = resolve));
  const { temporal } = remembered({
    stressState: async () => ({ phase: 'Creating', progress }),
    stressOutcomeOf: () => over.then(() => ({ outcome: 'Partial', ...RESULT })),
  });
  const { deps, said } = cliWorld({ temporal });
  const pause = async () => end();
  expect(await run(ARGS, { ...deps, pause })).toBe(3);
  expect(said[0]).toBe('12s  340/2400 operations  28.3/s  succeeded 338  retries 12  errors 2  p50 -  p99 -');
});

test('a cancelled run has no result, but its report is shown', async () => {
  const cancelled = new CliFailure('ended without a result: Workflow was cancelled', { exitCode: 1 });
  const { temporal } = remembered({ stressOutcomeOf: () => Promise.reject(cancelled) });
  const { deps } = cliWorld({ temporal });
  await expect(run(ARGS, deps)).rejects.toBe(cancelled);
});

const labels = (run: string) => ({
  'holdfast.dev/run': run,
  'app.kubernetes.io/managed-by': 'holdfast',
  'app.kubernetes.io/component': 'stress',
});

/** A cluster in which these runs have left a namespace each. */
function worldLeftBy(runs: readonly string[], temporal: Partial<TemporalAccess>): CliWorld {
  const world = cliWorld({ temporal });
  const items = runs.map((run) => ({ metadata: { name: `deploy-test-${run}`, labels: labels(run) } }));
  const kubernetes = async () => {
    const access = await world.deps.kubernetes();
    return { ...access, api: { ...access.api, list: async () => ({ items }) } };
  };
  return { ...world, deps: { ...world.deps, kubernetes } };
}

function cleanupArgs(changes: Partial<StressArguments> = {}): StressArguments {
  const { run: _unnamed, ...args } = ARGS;
  return { ...args, cleanup: true, ...changes };
}

test('a cleanup of what nobody has left is done', async () => {
  const { started, temporal } = remembered();
  const { deps, said } = worldLeftBy([], temporal);
  expect(await run(cleanupArgs(), deps)).toBe(0);
  expect(said).toContain('no run has left anything');
  expect(started).toEqual([]);
});

test('a cleanup without a name takes the only run that has left something', async () => {
  const { started, temporal } = remembered({
    stressOutcomeOf: async () => ({ outcome: 'Cleaned', ...RESULT }),
  });
  const { deps } = worldLeftBy(['old'], temporal);
  expect(await run(cleanupArgs(), deps)).toBe(0);
  expect(started[0]?.input).toMatchObject({ run: 'old' });
  expect(started[0]?.input.work).toBeUndefined();
});

test('a cleanup without a name does not choose between several runs', async () => {
  const { temporal } = remembered();
  const { deps } = worldLeftBy(['old', 'new'], temporal);
  await expect(run(cleanupArgs(), deps)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('new, old'),
  });
});

test('a dry cleanup names what would be deleted', async () => {
  const { started, temporal } = remembered();
  const { deps, data } = worldLeftBy(['old'], temporal);
  expect(await run(cleanupArgs({ dryRun: true }), deps)).toBe(0);
  expect(JSON.parse(data())).toEqual({ run: 'old', namespaces: ['deploy-test-old'] });
  expect(started).toEqual([]);
});
