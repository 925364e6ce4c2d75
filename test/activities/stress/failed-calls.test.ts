// Whoever leaves an activity with a failed call is repeated whole, and its heartbeat tells of that call instead of its
// position. The stress activities repeat their calls themselves: nothing of the kind may leave them.
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';
import { createStressActivities } from '../../../src/activities/stress/stress-activities.js';
import { StressProgress } from '../../../src/domain/stress/stress-progress.js';
import { stressReport } from '../../../src/domain/stress/stress-report.js';
import { ApiFailure } from '../../../src/kubernetes/api-failure.js';
import { apiRetryInterceptor } from '../../../src/worker/api-retry-interceptor.js';
import { stressWork } from '../../domain/stress/stress-work.js';
import { createInMemoryCluster } from '../../kubernetes/in-memory-cluster.js';
import { interceptedApi, type ApiCall, type Interception } from '../../kubernetes/intercepted-api.js';

const RUN = 'nightly';
const work = stressWork({ maxConcurrentOperations: 3, retry: { maxRetries: 1, initialBackoffMs: 1 } });
const input = { cluster: 'test', clusterUid: 'kube-system-uid', run: RUN, work };

/** The activities as the worker runs them: behind the interceptor. */
function worker(
  interception: Interception,
  { stopping = new AbortController().signal, onBeat = () => {} } = {},
) {
  const cluster = createInMemoryCluster();
  const environment = new MockActivityEnvironment(
    {},
    { logger: new DefaultLogger('ERROR', () => undefined) },
  );
  const beats: unknown[] = [];
  environment.on('heartbeat', (details: unknown) => {
    beats.push(details);
    onBeat();
  });
  const activities = createStressActivities({
    api: interceptedApi(cluster.api, interception),
    clusterUid: input.clusterUid,
    serverUrl: 'https://127.0.0.1:6443',
    now: Date.now,
    retried: () => undefined,
    stopping,
  });
  const interceptor = apiRetryInterceptor({
    retried: () => undefined,
    tellWorkflow: async () => undefined,
    now: Date.now,
  });
  const behindInterceptor = (run: () => Promise<unknown>) =>
    environment.run(async () => interceptor.execute?.({ args: [], headers: {} }, run));
  return {
    beats,
    create: () => behindInterceptor(() => activities.createStressObjects(input)),
    cleanUp: () => behindInterceptor(() => activities.deleteStressNamespaces(input)),
  };
}

const FAILURES = [
  new ApiFailure({ operation: 'call', reason: 'ECONNREFUSED', message: 'no answer' }),
  new ApiFailure({ operation: 'call', status: 500, message: 'etcdserver: request timed out' }),
  new ApiFailure({ operation: 'call', status: 403, reason: 'Forbidden', message: 'no rights' }),
  new ApiFailure({ operation: 'call', status: 422, reason: 'Invalid', message: 'immutable' }),
  new ApiFailure({ operation: 'call', status: 404, reason: 'NotFound', message: 'no such namespace' }),
];

const failing =
  (verb: ApiCall['verb'], failure: ApiFailure) =>
  (call: ApiCall): void => {
    if (call.verb === verb) throw failure;
  };

describe('no failed call leaves', () => {
  test.each(FAILURES)('the creation: every create fails with $message', async (failure) => {
    const progress = StressProgress.parse(await worker({ before: failing('create', failure) }).create());
    expect(stressReport(progress)).toMatchObject({ succeeded: 0, notDone: 0 });
  });

  test.each(FAILURES)(
    'the creation: names are taken, and looking whose fails with $message',
    async (failure) => {
      const taken = new ApiFailure({
        operation: 'create',
        status: 409,
        reason: 'AlreadyExists',
        message: 'taken',
      });
      const before = (call: ApiCall): void => {
        failing('create', taken)(call);
        failing('get', failure)(call);
      };
      const progress = StressProgress.parse(await worker({ before }).create());
      expect(stressReport(progress)).toMatchObject({ succeeded: 0, notDone: 0 });
    },
  );

  test.each(FAILURES.filter(({ retryable }) => !retryable))(
    'the cleanup: its list fails with $message',
    async (failure) => {
      const cleanup = await worker({ before: failing('list', failure) }).cleanUp();
      expect(cleanup).toEqual({ remaining: [], failure: failure.message });
    },
  );
});

test('an attempt that ends while calls fail leaves its position in the heartbeat, not the failed call', async () => {
  const stopping = new AbortController();
  let creations = 0;
  let hasBeaten: () => void = () => undefined;
  const beat = new Promise<void>((resolve) => (hasBeaten = resolve));
  const before: Interception['before'] = async ({ verb }) => {
    creations += verb === 'create' ? 1 : 0;
    if (creations < 10) return;
    await beat;
    stopping.abort();
    throw new ApiFailure({ operation: 'create', reason: 'ECONNREFUSED', message: 'no answer' });
  };
  const { beats, create } = worker({ before }, { stopping: stopping.signal, onBeat: () => hasBeaten() });
  await expect(create()).rejects.toMatchObject({ type: 'WorkerStopping' });
  expect(StressProgress.parse(beats.at(-1))).toMatchObject({ tally: { succeeded: 9 } });
});
