// `node --expose-gc --import tsx watch-process.ts <kubeconfig>`, forked: the watch alone, as the worker has it, with its
// metrics and without Temporal. It tells what it has seen, and measures its heap when asked; it ends with its parent.
import { MockActivityEnvironment } from '@temporalio/testing';
import { createWatchActivities } from '../../src/activities/watch/watch-activities.js';
import { createKubernetesApi } from '../../src/kubernetes/api.js';
import { createJobDeletions } from '../../src/kubernetes/job-deletions.js';
import { loadConnection } from '../../src/kubernetes/connection.js';
import { createLogger } from '../../src/observability/logger.js';
import { createWorkerMetrics } from '../../src/observability/metrics.js';
import { beginWatchObserver } from '../../src/worker/watch-observer.js';
import type { WatchReport } from './watch-child.js';

const TELL_EVERY_MS = 10;

const kubeconfig = process.argv[2];
if (kubeconfig === undefined) throw new Error('usage: watch-process <kubeconfig>');
const { gc } = globalThis;
if (gc === undefined) throw new Error('node must be started with --expose-gc');

const objects: Record<string, number> = {};
let signs = 0;
let nudges = 0;
let failures = 0;
const observer = beginWatchObserver(
  createWorkerMetrics({ cluster: 'bench' }),
  createLogger({ level: 'silent', format: 'json' }),
);
const { watchObjects } = createWatchActivities({
  api: createKubernetesApi(loadConnection({ kubeconfig, limit: undefined })),
  clusterUid: 'cluster-uid',
  operator: 'absent',
  namespaces: undefined,
  selector: undefined,
  now: Date.now,
  deletions: createJobDeletions(),
  recordFailure: async () => undefined,
  workflows: {
    nudge: async () => void (nudges += 1),
    nudgeRestore: async () => void (nudges += 1),
    openWorkflowIds: async () => new Set(),
  },
  beginObserver: () => ({
    ...observer,
    alive: (sign) => {
      signs += 1;
      objects[sign.resource] = sign.objects;
      observer.alive(sign);
    },
    failed: (step, failure) => {
      failures += 1;
      observer.failed(step, failure);
    },
  }),
  stopping: new AbortController().signal,
});

const tell = (heapBytes?: number): void => {
  const report: WatchReport = {
    signs,
    nudges,
    failures,
    objects,
    ...(heapBytes !== undefined && { heapBytes }),
  };
  process.send?.(report);
};
process.on('message', () => {
  for (let times = 0; times < 3; times += 1) gc();
  tell(process.memoryUsage().heapUsed);
});
process.on('disconnect', () => process.exit());
setInterval(() => tell(), TELL_EVERY_MS);
await new MockActivityEnvironment().run(watchObjects, { cluster: 'bench', clusterUid: 'cluster-uid' });
