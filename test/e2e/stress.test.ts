import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  acceptedCreations,
  startStressWorld,
  StressOutput,
  type RunningStress,
  type StressWorld,
} from './stress-world.js';
import { waitFor } from './wait-for.js';

/** Six seconds at 40 operations a second, in few namespaces: the deletion of one takes Kubernetes seconds. */
const CONCURRENCY = 8;
const NAMESPACES = ['--total-namespaces', '4', '--deployments', '9', '--max-concurrent', `${CONCURRENCY}`];
const OPERATIONS = 240;
const STALL_TIMEOUT_MS = 60_000;

let world: StressWorld;
beforeAll(async () => {
  world = await startStressWorld();
}, 180_000);
afterAll(() => world?.stop());

async function outputOf(running: RunningStress) {
  const { exitCode, stdout, stderr } = await running.ended;
  return { exitCode, stderr, output: StressOutput.parse(JSON.parse(stdout)) };
}

const countIn = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

/** Freezes etcd until the worker says so many more times what the pattern says. */
async function stallUntil(pattern: RegExp, times: number): Promise<void> {
  const { faults } = world.stack.controlPlane;
  const before = countIn(await world.worker.log(), pattern);
  await faults.freezeEtcd();
  try {
    await waitFor(
      `the worker says ${pattern}`,
      async () => countIn(await world.worker.log(), pattern) >= before + times,
      STALL_TIMEOUT_MS,
    );
  } finally {
    faults.thawEtcd();
  }
}

describe('a run whose worker and whose command are killed in the middle', () => {
  const prefix = 'killed-';
  const args = [...NAMESPACES, '--prefix', prefix, '--run', 'killed', '--keep', '-o', 'json'];
  let finished: Awaited<ReturnType<typeof outputOf>>;

  beforeAll(async () => {
    const first = world.start(args);
    await world.hasCreated(prefix, 40);
    first.kill();
    await first.ended;
    await world.worker.killHard();
    await world.worker.restart();
    finished = await outputOf(world.start(args));
  }, 120_000);

  test('goes on where it was, and whoever starts it again is attached to it', () => {
    expect(finished.stderr).toMatch(/run killed exists: attached to it/);
    expect(finished.exitCode).toBe(0);
    expect(finished.output).toMatchObject({
      outcome: 'Complete',
      report: { operations: OPERATIONS, succeeded: OPERATIONS, failed: 0 },
    });
  });

  test('creates each object once', async () => {
    const created = acceptedCreations(await world.creationsIn(prefix));
    expect(created.size).toBe(OPERATIONS);
    expect([...created].filter(([, count]) => count > 1)).toEqual([]);
    // Of a call whose client was killed the audit log may not say that it was accepted.
    const unsaid = [...created].filter(([, count]) => count === 0);
    expect(unsaid.length).toBeLessThanOrEqual(CONCURRENCY);
  });

  test('leaves nothing behind after --cleanup, and everything that is not its own', async () => {
    await world.kubectl('create', 'namespace', 'killed-by-nobody');
    const before = await world.namespaces('');
    const { exitCode } = await world.start(['--cleanup', '--run', 'killed']).ended;
    expect(exitCode).toBe(0);
    expect(await world.namespaces(prefix)).toEqual(['killed-by-nobody']);
    expect(await world.namespaces('')).toEqual(
      before.filter((name) => name === 'killed-by-nobody' || !name.startsWith(prefix)),
    );
  });
});

test('a cleanup ends a run that is going on first', async () => {
  const size = ['--total-namespaces', '4', '--deployments', '40'];
  const args = [...size, '--prefix', 'stopped-', '--run', 'stopped', '--keep'];
  const running = world.start(args);
  await world.hasCreated('stopped-', 20);
  const cleanup = await world.start(['--cleanup', '--run', 'stopped']).ended;
  expect(cleanup.stderr).toMatch(/run stopped is going on: it is cancelled first/);
  expect(cleanup.exitCode).toBe(0);
  expect(await world.namespaces('stopped-')).toEqual([]);
  expect((await running.ended).exitCode).toBe(1);
});

test('a namespace of somebody else is left alone, the others are filled: partial', async () => {
  await world.kubectl('create', 'namespace', 'taken-2');
  await world.kubectl('create', 'configmap', 'deploy-1-cm-0', '-n', 'taken-2', '--from-literal=a=b');
  const resources = () => world.kubectl('get', 'ns,cm,secret,svc,deploy,job', '-n', 'taken-2', '-o', 'name');
  const before = await resources();
  const args = ['--total-namespaces', '3', '--prefix', 'taken-', '-o', 'json'];
  const { exitCode, output } = await outputOf(world.start(args));
  expect(exitCode).toBe(3);
  expect(output.outcome).toBe('Partial');
  expect(output.summary).toMatch(/Namespace taken-2 exists and is not of this tool: it is left alone/);
  expect(output.report.succeeded).toBe(48);
  expect(await resources()).toBe(before);
  expect(await world.namespaces('taken-')).toEqual(['taken-2']);
});

test('a cluster that is not on loopback is refused until its context is named', async () => {
  const server = 'https://kubernetes.invalid:6443';
  const KUBECONFIG = await world.stack.controlPlane.kubeconfigFor({ user: 'holdfast-worker', server });
  const stressed = (...args: string[]) =>
    world.start(['--total-namespaces', '1', ...args], { KUBECONFIG }).ended;
  const [refused, wrong, named] = await Promise.all([
    stressed(),
    stressed('--i-know-this-cluster', 'prod'),
    stressed('--i-know-this-cluster', 'holdfast-dev'),
  ]);
  expect(refused.exitCode).toBe(7);
  expect(refused.stderr).toContain('pass --i-know-this-cluster holdfast-dev');
  expect(wrong.exitCode).toBe(7);
  expect(named.stderr).toContain('does not answer');
  expect(named.exitCode).toBe(8);
});

test('a worker without the rights fails at once and says which', async () => {
  await world.kubectl('delete', 'clusterrolebinding', 'holdfast-stress-user');
  const canCreate = async () => {
    const question = ['auth', 'can-i', 'create', 'namespaces', '--as', 'holdfast-worker'];
    return world.kubectl(...question).catch(() => 'no');
  };
  await waitFor('the rights are gone', async () => (await canCreate()) === 'no');
  const args = ['--total-namespaces', '2', '--prefix', 'forbidden-', '--keep', '-o', 'json'];
  const { exitCode, output } = await outputOf(world.start(args));
  await world.kubectl('apply', '-f', 'deploy/stress/worker-user.yaml');
  expect(exitCode).toBe(1);
  expect(output.outcome).toBe('Failed');
  expect(output.report.failedAttempts).toEqual([{ reason: 'Forbidden', attempts: 2 }]);
  expect(output.summary).toMatch(/cannot create resource "namespaces"/);
  await waitFor('the rights are back', async () => (await canCreate()) === 'yes');
});

test('etcd stalls twice within the budget: every operation succeeds, and the first attempts did not', async () => {
  const logFile = join(world.stack.folder, 'deployment_test.log');
  const prefix = 'stalled-';
  const args = [...NAMESPACES, '--prefix', prefix, '--keep', '--log-file', logFile, '-o', 'json'];
  const countedBefore = await world.worker.apiRetries();
  const running = world.start(args);
  await world.hasCreated(prefix, 30);
  await stallUntil(/\[RETRY\] create .* failed \(attempt/g, 1);
  await world.hasCreated(prefix, 100);
  await stallUntil(/\[RETRY\] create .* failed \(attempt/g, 1);
  const { exitCode, output } = await outputOf(running);
  const { withRetries, firstAttemptsAlone, operations, failedAttempts } = output.report;
  process.stderr.write(
    `two stalls: first attempts alone ${firstAttemptsAlone.percent} %, with retries ${withRetries.percent} % ` +
      `of ${operations}\n`,
  );
  expect(firstAttemptsAlone.succeeded).toBeLessThan(operations);
  expect(withRetries.succeeded).toBe(operations);
  expect(exitCode).toBe(0);
  const repeated = failedAttempts.reduce((sum, { attempts }) => sum + attempts, 0);
  expect((await world.worker.apiRetries()) - countedBefore).toBeGreaterThanOrEqual(repeated);
  const created = acceptedCreations(await world.creationsIn(prefix));
  expect([...created].filter(([, count]) => count > 1)).toEqual([]);
  expect(await readFile(logFile, 'utf8')).toMatch(/^\[RETRY\] create .* succeeded after 1 retries$/m);
}, 240_000);

test('a stall longer than the budget: a clear failure, the rest goes on, partial', async () => {
  const args = [
    ...NAMESPACES,
    '--prefix',
    'long-',
    '--max-retries',
    '1',
    '--initial-backoff',
    '1s',
    '-o',
    'json',
  ];
  const running = world.start(args);
  await world.hasCreated('long-', 30);
  await stallUntil(/\[RETRY\] create .* failed after 1 retries \(2 attempts\)/g, 1);
  const { exitCode, output } = await outputOf(running);
  const { report, outcome, summary } = output;
  expect(exitCode).toBe(3);
  expect(outcome).toBe('Partial');
  expect(summary).toMatch(
    /first failure, in long-\d+: create .*: (etcdserver: |no answer|rpc error|context deadline)/,
  );
  expect(report.failed).toBeGreaterThan(0);
  expect(report.succeeded + report.failed).toBe(OPERATIONS);
  expect(report.succeeded).toBeGreaterThan(OPERATIONS / 2);
  expect(await world.namespaces('long-')).toEqual([]);
}, 240_000);

test('a full etcd is not asked again', async () => {
  const { faults } = world.stack.controlPlane;
  await faults.fillEtcdQuota();
  const args = ['--total-namespaces', '2', '--prefix', 'full-', '-o', 'json'];
  const { exitCode, output } = await outputOf(world.start(args));
  await faults.mendEtcdQuota();
  expect(exitCode).toBe(1);
  expect(output.report.failedAttempts).toEqual([
    { reason: 'etcdserver: mvcc: database space exceeded', attempts: 2 },
  ]);
}, 240_000);
