import type { Backup } from '../../domain/backup/backup.js';
import { LogJobSpec } from '../../domain/backup/log-job-spec.js';
import { probeResultIn, type StorageProbeResult } from '../../domain/backup/storage-probe.js';
import { jobOutcome, trueCondition } from '../../domain/kubernetes/job-outcome.js';
import type { Job } from '../../domain/kubernetes/job.js';
import type { Pod } from '../../domain/kubernetes/pod.js';
import { lastWords } from '../../domain/retry/evidence.js';
import { selectStorage } from '../../domain/storage-location.js';
import type { KubernetesApi } from '../../kubernetes/api.js';
import { ApiFailure } from '../../kubernetes/api-failure.js';
import { createJob, findJob, jobReference, jobRefusal, podsOfJob } from '../../kubernetes/jobs.js';
import { storageProbeJob } from '../../kubernetes/objects/storage-probe-job.js';
import { readEvents } from '../backups/backup-events.js';
import type { CliDependencies } from '../dependencies.js';
import { readPodLog } from './pod-log.js';

/** Between two looks at the Job. */
const POLL_MS = 500;

/** What a probe came to: a result, the reason why its pod gave none, or why none was started. */
export type ProbeOutcome =
  | { readonly kind: 'result'; readonly result: StorageProbeResult }
  | { readonly kind: 'no-answer'; readonly why: string }
  | { readonly kind: 'left-out'; readonly why: string };

export interface ProbeWish {
  readonly backup: Backup;
  readonly timeoutMs: number;
  /** Only asks the API server whether it would take the Job. */
  readonly dryRun: boolean;
}

/**
 * Whether the storage can be reached from where the Backup's Jobs run: a Job looks, and is deleted whatever happens,
 * when a person interrupts too. Where this process is killed, Kubernetes deletes it.
 */
export async function probeStorage(
  api: KubernetesApi,
  wish: ProbeWish,
  deps: CliDependencies,
): Promise<ProbeOutcome> {
  const { backup, timeoutMs, dryRun } = wish;
  const spec = LogJobSpec.safeParse(backup.spec).data;
  const storage = spec === undefined ? undefined : selectStorage(spec);
  if (storage === undefined) return leftOut('the spec names no storage that can be read');
  if (storage.kind !== 's3') return leftOut(`only s3 can be probed, this is ${storage.kind}`);
  const job = storageProbeJob({
    backup,
    image: deps.settings.images.backupManager,
    deadlineSeconds: Math.ceil(timeoutMs / 1_000),
  });
  const { namespace, name } = job.metadata;
  const { serviceAccountName } = job.spec.template.spec;
  const what = `Job ${namespace}/${name} (image ${deps.settings.images.backupManager}, ServiceAccount ${serviceAccountName})`;
  try {
    if (dryRun) {
      const refusal = await jobRefusal(api, namespace, job);
      return leftOut(refusal ?? `dry run: the API server would take ${what}`);
    }
    deps.output.say(`looking at the storage from inside the cluster: ${what}, deleted afterwards`);
    return await runProbe(api, { job, timeoutMs }, deps);
  } catch (failure) {
    if (!(failure instanceof ApiFailure)) throw failure;
    return leftOut(failure.message);
  }
}

async function runProbe(
  api: KubernetesApi,
  { job, timeoutMs }: { job: ReturnType<typeof storageProbeJob>; timeoutMs: number },
  deps: CliDependencies,
): Promise<ProbeOutcome> {
  const { namespace, name } = job.metadata;
  const creating = createJob(api, namespace, job);
  const remove = async () => {
    const creation = await creating;
    if (creation.result !== 'created') return;
    const { uid } = creation.job.metadata;
    await api.delete(jobReference({ namespace, name }), { uid, propagationPolicy: 'Background' });
  };
  const interrupted = deps.onInterrupt(remove);
  try {
    const creation = await creating;
    switch (creation.result) {
      case 'created':
        return await answerOf(api, { job: creation.job, endMs: deps.now() + timeoutMs }, deps);
      case 'refused':
        return leftOut(creation.message);
      case 'exists':
        return leftOut(
          `Job ${namespace}/${name} is there already: another diagnosis runs, or ended just now`,
        );
    }
  } finally {
    await remove();
    interrupted();
  }
}

async function answerOf(
  api: KubernetesApi,
  { job, endMs }: { job: Job; endMs: number },
  deps: CliDependencies,
): Promise<ProbeOutcome> {
  for (;;) {
    const { namespace, name, uid } = job.metadata;
    const now = await findJob(api, { namespace, name });
    if (now?.metadata.uid !== uid) return noAnswer(`somebody deleted Job ${name}`);
    const [pod] = await podsOfJob(api, now);
    if (jobOutcome(now) !== 'running') return endOf(api, { job: now, pod });
    const stuck = pod === undefined ? undefined : lastWords({ pods: [pod], logTail: undefined });
    if (stuck !== undefined && isPending(pod)) return noAnswer(stuck);
    const refused = pod === undefined ? await podRefusal(api, now) : undefined;
    if (refused !== undefined) return noAnswer(refused);
    if (deps.now() >= endMs) return noAnswer('it did not end in time: its pod may have found no node');
    await deps.pause(POLL_MS);
  }
}

function isPending(pod: Pod | undefined): boolean {
  return (pod?.status?.phase ?? 'Pending') === 'Pending';
}

async function endOf(
  api: KubernetesApi,
  { job, pod }: { job: Job; pod: Pod | undefined },
): Promise<ProbeOutcome> {
  const said = trueCondition(job, 'Failed')?.message ?? 'its pod left no word';
  if (pod === undefined) return noAnswer(said);
  const log = await readPodLog(api, pod);
  if ('unreadable' in log) return noAnswer(log.unreadable);
  const result = probeResultIn(log.text);
  if (result !== undefined) return { kind: 'result', result };
  return noAnswer(lastWords({ pods: [pod], logTail: log.text }) ?? said);
}

/** Why no pod could be created for it: a missing ServiceAccount, a quota, an admission rule. */
async function podRefusal(api: KubernetesApi, { metadata }: Job): Promise<string | undefined> {
  const selectors = [`involvedObject.uid=${metadata.uid}`];
  const events = await readEvents(api, { namespace: metadata.namespace, selectors });
  return events?.find(({ reason }) => reason === 'FailedCreate')?.message;
}

function leftOut(why: string): ProbeOutcome {
  return { kind: 'left-out', why };
}

function noAnswer(why: string): ProbeOutcome {
  return { kind: 'no-answer', why };
}
