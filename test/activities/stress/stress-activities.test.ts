import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installStressRights } from '../../../dev/stack/install.js';
import { createStressActivities } from '../../../src/activities/stress/stress-activities.js';
import type { StressClusterInput, StressWork } from '../../../src/domain/stress/stress-input.js';
import { planStress } from '../../../src/domain/stress/stress-plan.js';
import { StressProgress } from '../../../src/domain/stress/stress-progress.js';
import { stressReport } from '../../../src/domain/stress/stress-report.js';
import type { StressCleanup } from '../../../src/domain/stress/stress-result.js';
import { createKubernetesApi, type KubernetesApi } from '../../../src/kubernetes/api.js';
import { ApiFailure } from '../../../src/kubernetes/api-failure.js';
import { loadConnection } from '../../../src/kubernetes/connection.js';
import { CONFIG_MAPS, NAMESPACES } from '../../../src/kubernetes/resources.js';
import { stressWork } from '../../domain/stress/stress-work.js';
import { startApiServer, type ApiServer } from '../../kubernetes/api-server.js';
import { interceptedApi, recordedApi, type Interception } from '../../kubernetes/intercepted-api.js';

let server: ApiServer;
beforeAll(async () => {
  server = await startApiServer([]);
  await installStressRights(server.controlPlane);
}, 120_000);
afterAll(() => server?.stop());

/** Names of their own for each test, and retries that cost no time. */
function stressInput(changes: Partial<StressWork> = {}): StressClusterInput & { work: StressWork } {
  const run = randomUUID().slice(0, 8);
  const retry = { maxRetries: 3, initialBackoffMs: 1 };
  return {
    cluster: 'test',
    clusterUid: server.clusterUid,
    run,
    work: stressWork({ prefix: `${run}-`, retry, ...changes }),
  };
}

interface Attempt {
  readonly api?: KubernetesApi;
  /** What the heartbeat of the worker before carried. */
  readonly heartbeat?: unknown;
  readonly stopping?: AbortSignal;
  readonly serverUrl?: string;
  readonly retried?: (failure: ApiFailure) => void;
}

function attemptOf({
  api = server.worker,
  heartbeat,
  stopping = new AbortController().signal,
  serverUrl = 'https://127.0.0.1:6443',
  retried = () => undefined,
}: Attempt = {}) {
  const environment = new MockActivityEnvironment(
    { heartbeatDetails: heartbeat },
    { logger: new DefaultLogger('ERROR', () => undefined) },
  );
  const { clusterUid } = server;
  const activities = createStressActivities({ api, clusterUid, serverUrl, now: Date.now, retried, stopping });
  return {
    environment,
    create: (input: StressClusterInput): Promise<StressProgress> =>
      environment.run(activities.createStressObjects, input),
    cleanUp: (input: StressClusterInput): Promise<StressCleanup> =>
      environment.run(activities.deleteStressNamespaces, input),
  };
}

const noAnswer = () => new ApiFailure({ operation: 'create', message: 'no answer: connection reset' });

/** Throws once, on the first creation of this kind. */
function once(resource: string, when: keyof Interception): Interception {
  let open = true;
  return {
    [when]: (call: { verb: string; resource: string }) => {
      if (!open || call.verb !== 'create' || call.resource !== resource) return;
      open = false;
      throw noAnswer();
    },
  };
}

describe('creating', () => {
  test('everything that is planned is created once, and counted once', async () => {
    const input = stressInput();
    const { api, writes } = recordedApi(server.worker);
    const report = stressReport(await attemptOf({ api }).create(input));
    const { operations } = planStress(input.work);
    expect(report).toMatchObject({ operations, succeeded: operations, failed: 0, notDone: 0 });
    expect(writes).toHaveLength(operations);
    expect(report.byKind).toContainEqual({ kind: 'StatefulSet', succeeded: 2, failed: 0 });
  });

  test('an answer that got lost is no failure: the object is ours', async () => {
    const input = stressInput();
    const api = interceptedApi(server.worker, once('secrets', 'after'));
    const { operations, succeeded, firstAttemptsAlone } = stressReport(
      await attemptOf({ api }).create(input),
    );
    expect(succeeded).toBe(operations);
    expect(firstAttemptsAlone.succeeded).toBe(operations - 1);
  });

  test('the log tells of retries and of what was created as people grep it', async () => {
    const input = stressInput({ totalNamespaces: 1, maxConcurrentOperations: 1 });
    const api = interceptedApi(server.worker, once('configmaps', 'before'));
    const { log } = await attemptOf({ api }).create(input);
    expect(log.lines).toEqual([
      '[RETRY] create ConfigMap deploy-1-cm-0 failed (attempt 1/4): no answer: connection reset - retrying in 1ms',
      '[RETRY] create ConfigMap deploy-1-cm-0 succeeded after 1 retries',
      `[DEPLOYMENT] Created deployment deploy-1 in ${input.run}-1`,
      `[NAMESPACE] Created 10 resources in ${input.run}-1 (Success: 10, Errors: 0)`,
    ]);
  });

  test('a Service whose address could not be allocated in time is retried', async () => {
    const input = stressInput({ totalNamespaces: 1 });
    let refusals = 1;
    const api = interceptedApi(server.worker, {
      before: ({ verb, resource }) => {
        if (verb !== 'create' || resource !== 'services' || (refusals -= 1) < 0) return;
        // As kube-apiserver 1.34 said it while two of three etcd members stood still.
        const message =
          'Service "deploy-1-svc-0" is invalid: spec.clusterIPs: Invalid value: [""]: failed to allocate IP: ' +
          'etcdserver: request timed out';
        throw new ApiFailure({ operation: 'create Service', status: 422, reason: 'Invalid', message });
      },
    });
    const report = stressReport(await attemptOf({ api }).create(input));
    expect(report).toMatchObject({ succeeded: report.operations, failed: 0 });
    expect(report.failedAttempts).toEqual([{ reason: 'etcdserver: request timed out', attempts: 1 }]);
  });

  test('what fails more often than it is retried is an error, and the rest goes on', async () => {
    const input = stressInput();
    const api = interceptedApi(server.worker, {
      before: ({ verb, resource }) => {
        if (verb === 'create' && resource === 'services') throw noAnswer();
      },
    });
    const report = stressReport(await attemptOf({ api }).create(input));
    expect(report.errors).toEqual([{ reason: 'NoAnswer', operations: 4 }]);
    expect(report.failedAttempts).toEqual([{ reason: 'NoAnswer', attempts: 16 }]);
    expect(report.succeeded).toBe(report.operations - 4);
  });

  test('of the failed attempts, those that are repeated are counted as repetitions', async () => {
    const causes: string[] = [];
    const api = interceptedApi(server.worker, {
      before: ({ verb, resource }) => {
        if (verb === 'create' && resource === 'services') throw noAnswer();
      },
    });
    const attempt = attemptOf({ api, retried: ({ causeOfFailure }) => causes.push(causeOfFailure) });
    await attempt.create(stressInput({ totalNamespaces: 1, deployments: 1, statefulSets: 0 }));
    expect(causes).toEqual(['NoAnswer', 'NoAnswer', 'NoAnswer']);
  });

  test('without the rights nothing is retried, and nothing in the namespaces is tried', async () => {
    const input = stressInput();
    const kubeconfig = await server.controlPlane.kubeconfigFor({ user: 'nobody' });
    const connection = loadConnection({ kubeconfig });
    try {
      const progress = await attemptOf({ api: createKubernetesApi(connection) }).create(input);
      const report = stressReport(progress);
      expect(report.failedAttempts).toEqual([{ reason: 'Forbidden', attempts: 2 }]);
      expect(report).toMatchObject({ succeeded: 0, failed: report.operations });
      expect(report.failures[0]?.message).toMatch(/User "nobody" cannot create resource "namespaces"/);
    } finally {
      await connection.close();
    }
  });

  test('a namespace that exists is left alone, and the others are filled', async () => {
    const input = stressInput({ totalNamespaces: 3 });
    const foreign = `${input.run}-2`;
    await server.admin.create(NAMESPACES, undefined, { metadata: { name: foreign } });
    const report = stressReport(await attemptOf().create(input));
    expect(report.failures).toHaveLength(1);
    expect(report.failures[0]?.message).toMatch(/exists and is not of this tool: it is left alone/);
    expect(report.succeeded).toBe((report.operations * 2) / 3);
    const found = await server.admin.get({
      resource: CONFIG_MAPS,
      namespace: foreign,
      name: 'deploy-1-cm-0',
    });
    expect(found).toBeUndefined();
  });

  test('an object of somebody else in our own namespace is an error', async () => {
    const input = stressInput({ totalNamespaces: 1 });
    const namespace = `${input.run}-1`;
    const api = interceptedApi(server.worker, {
      after: async ({ verb, resource }) => {
        if (verb !== 'create' || resource !== 'namespaces') return;
        await server.admin.create(CONFIG_MAPS, namespace, { metadata: { name: 'deploy-1-cm-0' } });
      },
    });
    const report = stressReport(await attemptOf({ api }).create(input));
    expect(report.errors).toEqual([{ reason: 'ForeignConfigMap', operations: 1 }]);
  });

  test('a cluster that is not on loopback is refused until somebody has named it', async () => {
    const input = stressInput();
    const attempt = attemptOf({ serverUrl: 'https://10.0.0.1:6443' });
    await expect(attempt.create(input)).rejects.toMatchObject({
      type: 'RequestRefused',
      nonRetryable: true,
      message: expect.stringContaining('--i-know-this-cluster'),
    });
    const named = attemptOf({ serverUrl: 'https://10.0.0.1:6443' });
    await expect(named.create({ ...input, acknowledgedContext: 'test' })).resolves.toBeDefined();
  });
});

/** Lets so many creations through; all later ones stand still, as in a process that dies, until it is told to fail. */
function stallAfter(creations: number) {
  let left = creations;
  let fail: (failure: Error) => void = () => undefined;
  const death = new Promise<never>((_, reject) => (fail = reject));
  death.catch(() => undefined); // not everybody waits for it
  const before: Interception['before'] = ({ verb }) => {
    if (verb !== 'create') return undefined;
    left -= 1;
    return left < 0 ? death : undefined;
  };
  return { before, fail: () => fail(new Error('the process is gone')), isStalled: () => left < 0 };
}

describe('a worker that dies', () => {
  test('another one goes on where it was, creates nothing twice and counts nothing twice', async () => {
    const input = stressInput({ maxConcurrentOperations: 3 });
    const { api, writes } = recordedApi(server.worker);
    const stall = stallAfter(9);
    const first = attemptOf({ api: interceptedApi(api, stall) });
    const heartbeat = new Promise((resolve) =>
      first.environment.on('heartbeat', (details) => {
        if (stall.isStalled()) resolve(details);
      }),
    );
    const dying = first.create(input);
    const position: unknown = JSON.parse(JSON.stringify(await heartbeat));
    expect(StressProgress.parse(position)).toMatchObject({ tally: { succeeded: 9 }, next: 12 });
    let asked = 0;
    const counting = interceptedApi(api, { before: ({ verb }) => void (asked += verb === 'create' ? 1 : 0) });
    const second = attemptOf({ api: counting, heartbeat: position });
    const report = stressReport(await second.create(input));
    expect(asked).toBe(report.operations - 9);
    expect(report).toMatchObject({ succeeded: report.operations, failed: 0, notDone: 0 });
    expect(writes).toHaveLength(report.operations);
    stall.fail();
    await expect(dying).rejects.toThrow('the process is gone');
  });

  test('dead before its first heartbeat it loses neither objects nor the outcome of first attempts', async () => {
    const input = stressInput();
    const { api, writes } = recordedApi(server.worker);
    await attemptOf({ api: interceptedApi(api, once('configmaps', 'before')) }).create(input);
    const report = stressReport(await attemptOf({ api }).create(input));
    expect(report).toMatchObject({ succeeded: report.operations, failed: 0 });
    expect(report.firstAttemptsAlone.succeeded).toBe(report.operations - 1);
    expect(writes).toHaveLength(report.operations);
  });

  test('told to end, it ends the calls under way and leaves the rest to another one', async () => {
    const input = stressInput({ maxConcurrentOperations: 1 });
    const stopping = new AbortController();
    let creations = 0;
    const api = interceptedApi(server.worker, {
      after: ({ verb }) => {
        if (verb === 'create' && (creations += 1) === 5) stopping.abort();
      },
    });
    await expect(attemptOf({ api, stopping: stopping.signal }).create(input)).rejects.toMatchObject({
      type: 'WorkerStopping',
      nonRetryable: false,
    });
    expect(creations).toBe(5);
  });
});

test('cancelled, it begins nothing new and returns what there is', async () => {
  const input = stressInput({ maxConcurrentOperations: 1 });
  let creations = 0;
  const api = interceptedApi(server.worker, {
    after: ({ verb }) => {
      if (verb === 'create' && (creations += 1) === 5) attempt.environment.cancel();
    },
  });
  const attempt = attemptOf({ api });
  const report = stressReport(await attempt.create(input));
  expect(report).toMatchObject({ succeeded: 5, failed: 0, notDone: report.operations - 5 });
});

describe('cleaning up', () => {
  const exists = async (name: string) =>
    (await server.admin.get({ resource: NAMESPACES, name })) !== undefined;

  test('the namespaces of the run go, those of others stay', async () => {
    const [mine, other] = [stressInput(), stressInput()];
    await attemptOf().create(mine);
    await attemptOf().create(other);
    const foreign = `${mine.run}-3`;
    await server.admin.create(NAMESPACES, undefined, { metadata: { name: foreign } });
    await expect(attemptOf().cleanUp(mine)).resolves.toEqual({ remaining: [] });
    expect(await exists(`${mine.run}-1`)).toBe(false);
    expect(await exists(`${mine.run}-2`)).toBe(false);
    expect(await exists(foreign)).toBe(true);
    expect(await exists(`${other.run}-1`)).toBe(true);
  });

  test('a namespace that carries the run but not the label of the tool stays', async () => {
    const { run, ...input } = stressInput();
    const metadata = { name: `${run}-9`, labels: { 'holdfast.dev/run': run } };
    await server.admin.create(NAMESPACES, undefined, { metadata });
    await attemptOf().cleanUp({ ...input, run });
    expect(await exists(`${run}-9`)).toBe(true);
  });

  test('what the API server refuses is told, and not tried for ever', async () => {
    const input = stressInput();
    const api = interceptedApi(server.worker, {
      before: ({ verb }) => {
        if (verb === 'delete') {
          throw new ApiFailure({
            operation: 'delete Namespace',
            status: 403,
            message: 'no',
            reason: 'Forbidden',
          });
        }
      },
    });
    await attemptOf().create(input);
    await expect(attemptOf({ api }).cleanUp(input)).resolves.toEqual({
      remaining: [`${input.run}-1`, `${input.run}-2`],
      failure: 'delete Namespace failed: 403 Forbidden: no',
    });
  });

  test('a worker that is told to end leaves it to another one', async () => {
    const input = stressInput({ totalNamespaces: 1 });
    const stopping = new AbortController();
    const api = interceptedApi(server.worker, {
      after: ({ verb }) => {
        if (verb === 'delete') stopping.abort();
      },
    });
    await attemptOf().create(input);
    const attempt = attemptOf({ api, stopping: stopping.signal });
    await expect(attempt.cleanUp(input)).rejects.toMatchObject({ type: 'WorkerStopping' });
  });
});
