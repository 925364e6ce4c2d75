import { expect, test } from 'vitest';
import type { KubernetesApi } from '../../src/kubernetes/api.js';
import { createJobDeletions } from '../../src/kubernetes/job-deletions.js';
import { JOBS } from '../../src/kubernetes/resources.js';
import { waitUntilGone } from '../../src/kubernetes/wait-until-gone.js';
import { exampleJob } from '../domain/retry/example-backup.js';
import { createInMemoryCluster } from './in-memory-cluster.js';

const job = exampleJob({ uid: 'job-1' });

/** A cluster that has the Job, and how often it was asked for it. */
function clusterWithJob() {
  const memory = createInMemoryCluster();
  memory.put(JOBS, job);
  let looks = 0;
  const api: KubernetesApi = {
    ...memory.api,
    get: (reference) => {
      looks += 1;
      return memory.api.get(reference);
    },
  };
  const remove = () => memory.api.delete({ resource: JOBS, ...job.metadata }, { uid: job.metadata.uid });
  return { api, remove, looks: () => looks };
}

test('a deletion that the watch sees is believed without a look', async () => {
  const { api, looks } = clusterWithJob();
  const deletions = createJobDeletions();
  deletions.begin();
  const waiting = waitUntilGone(api, { job, timeoutMs: 10_000, deletions });
  deletions.gone('another');
  deletions.gone('job-1');
  expect(await waiting).toBe(true);
  expect(looks()).toBe(0);
});

test('a deletion that was seen before anybody waited is known', async () => {
  const { api, looks } = clusterWithJob();
  const deletions = createJobDeletions();
  deletions.begin();
  deletions.gone('job-1');
  expect(await waitUntilGone(api, { job, timeoutMs: 10_000, deletions })).toBe(true);
  expect(looks()).toBe(0);
});

test.each(['no watch runs', 'the watch has ended', 'the watch is frozen'])(
  'where %s a live look tells',
  async (which) => {
    const { api, remove, looks } = clusterWithJob();
    const deletions = createJobDeletions();
    if (which !== 'no watch runs') {
      const end = deletions.begin();
      if (which === 'the watch has ended') end();
    }
    await remove();
    expect(await waitUntilGone(api, { job, timeoutMs: 10_000, deletions })).toBe(true);
    expect(looks()).toBe(1);
  },
);

test('of many deletions the newest are kept', async () => {
  const deletions = createJobDeletions();
  for (let index = 0; index <= 1_000; index += 1) deletions.gone(`job-${index}`);
  expect(await deletions.within('job-0', 0)).toBe(false);
  expect(await deletions.within('job-1', 0)).toBe(true);
  expect(await deletions.within('job-1000', 0)).toBe(true);
});
