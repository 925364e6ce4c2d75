import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { kubernetesActivity } from '../../src/activities/kubernetes-activity.js';
import { ApiFailure } from '../../src/kubernetes/api-failure.js';
import { BACKUPS } from '../../src/kubernetes/resources.js';
import { exampleBackup } from '../domain/retry/example-backup.js';
import { createInMemoryCluster } from '../kubernetes/in-memory-cluster.js';
import { interceptedApi } from '../kubernetes/intercepted-api.js';
import { INPUT, inMemoryBackup } from './in-memory-backup.js';

/** How Temporal sees the failure of a review. */
async function failureOf(review: Promise<unknown>): Promise<ApplicationFailure> {
  const failure: unknown = await review.catch((reason: unknown) => reason);
  if (failure instanceof ApplicationFailure) return failure;
  throw new Error(`no ApplicationFailure: ${String(failure)}`);
}

/** A review whose first call the API server answers so. */
function refusedWith(
  status: number,
  { retryAfterMs, message = 'no' }: { retryAfterMs?: number; message?: string } = {},
): Promise<ApplicationFailure> {
  const memory = createInMemoryCluster();
  const api = interceptedApi(memory.api, {
    before: () => {
      throw new ApiFailure({
        operation: 'get Backup prod/orders',
        status,
        message,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      });
    },
  });
  return failureOf(inMemoryBackup(memory).activities(api).reviewBackup(INPUT));
}

test('a call that was throttled is tried again when the API server says so', async () => {
  expect(await refusedWith(429, { retryAfterMs: 7_000 })).toMatchObject({
    type: 'KubernetesApi',
    nonRetryable: false,
    nextRetryDelay: 7_000,
  });
});

test.each([403, 404, 409, 503])('an answer of %i does not end the activity for good', async (status) => {
  expect(await refusedWith(status)).toMatchObject({ type: 'KubernetesApi', nonRetryable: false });
});

test.each([400, 413, 422])('an answer of %i ends the activity for good', async (status) => {
  expect(await refusedWith(status)).toMatchObject({ type: 'KubernetesApi', nonRetryable: true });
});

test('a 422 that only passes on what etcd said does not end it', async () => {
  const message =
    'Service "a" is invalid: spec.clusterIPs: failed to allocate IP: etcdserver: request timed out';
  expect(await refusedWith(422, { message })).toMatchObject({ type: 'KubernetesApi', nonRetryable: false });
});

test('an object that cannot be read does not become readable by reading it again', async () => {
  const memory = createInMemoryCluster();
  memory.put(BACKUPS, { ...exampleBackup(), spec: 'orders' });
  const failure = await failureOf(inMemoryBackup(memory).activities().reviewBackup(INPUT));
  expect(failure).toMatchObject({ type: 'UnreadableObject', nonRetryable: true });
  expect(failure.message).toContain('spec');
});

test('an input that lacks a field is refused before any call', async () => {
  const { reviewBackup } = inMemoryBackup(createInMemoryCluster()).activities();
  expect(await failureOf(reviewBackup({ ...INPUT, uid: '' }))).toMatchObject({
    type: 'InvalidInput',
    nonRetryable: true,
  });
});

test('what the attempt before left in its heartbeat outlives an attempt that lasts', async () => {
  const environment = new MockActivityEnvironment({ heartbeatDetails: { failures: 2 } });
  const beaten = new Promise<unknown>((resolve) => environment.on('heartbeat', resolve));
  const input = z.object({ cluster: z.string(), clusterUid: z.string() });
  // It ends only when it has beaten.
  const lasting = kubernetesActivity({ input, clusterUid: 'uid' }, async () => beaten);
  await environment.run(lasting, { cluster: 'test', clusterUid: 'uid' });
  expect(await beaten).toEqual({ failures: 2 });
});
