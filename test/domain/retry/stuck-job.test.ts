import { describe, expect, test } from 'vitest';
import { Job } from '../../../src/domain/kubernetes/job.js';
import { Pod } from '../../../src/domain/kubernetes/pod.js';
import { decide } from '../../../src/domain/retry/decide.js';
import { stuckJob } from '../../../src/domain/retry/stuck-job.js';
import { exampleBackup, exampleJob, logStart, NOW_MS } from './example-backup.js';

const ago = (ms: number): string => new Date(NOW_MS - ms).toISOString();

function pod({ ageMs, status = {} }: { ageMs: number; status?: object }): Pod {
  return Pod.parse({
    metadata: {
      name: 'pod-1',
      namespace: 'prod',
      uid: 'pod-uid',
      resourceVersion: '1',
      creationTimestamp: ago(ageMs),
    },
    status: { phase: 'Pending', ...status },
  });
}
const waiting = (reason: string) => ({
  containerStatuses: [{ name: 'backup', state: { waiting: { reason } } }],
});

describe('a pod that cannot start', () => {
  test.each<[string, Pod, string | undefined]>([
    ['unscheduled', pod({ ageMs: 600_000 }), 'PodNotStarted (not scheduled)'],
    [
      'without its image',
      pod({ ageMs: 600_000, status: waiting('ImagePullBackOff') }),
      'PodNotStarted (ImagePullBackOff)',
    ],
    [
      'whose init container is done and whose own image is missing',
      pod({
        ageMs: 700_000,
        status: {
          initContainerStatuses: [{ name: 'br', state: { terminated: { exitCode: 0 } } }],
          ...waiting('ErrImagePull'),
        },
      }),
      'PodNotStarted (ErrImagePull)',
    ],
    [
      'whose init container works still',
      pod({ ageMs: 700_000, status: { initContainerStatuses: [{ name: 'br', state: { running: {} } }] } }),
      undefined,
    ],
    ['that runs', pod({ ageMs: 700_000, status: { phase: 'Running' } }), undefined],
  ])('%s', (_name, only, reason) => {
    const judged = stuckJob({ job: exampleJob(), pods: [only], nowMs: NOW_MS });
    expect(judged.stuck ? judged.reason : undefined).toBe(reason);
  });

  test('is looked at again when its ten minutes are over', () => {
    const judged = stuckJob({ job: exampleJob(), pods: [pod({ ageMs: 599_000 })], nowMs: NOW_MS });
    expect(judged).toEqual({ stuck: false, recheckAfterMs: 1_000 });
  });

  test('is no failure of a suspended Job, and none where nobody looked', () => {
    const suspended = Job.parse({ ...exampleJob(), spec: { suspend: true } });
    expect(stuckJob({ job: suspended, pods: [pod({ ageMs: 900_000 })], nowMs: NOW_MS })).toEqual({
      stuck: false,
    });
    expect(stuckJob({ job: exampleJob(), pods: undefined, nowMs: NOW_MS })).toEqual({ stuck: false });
  });

  test('counts where the Job could not even create it', () => {
    const job = Job.parse({
      ...exampleJob(),
      metadata: { ...exampleJob().metadata, creationTimestamp: ago(601_000) },
    });
    expect(stuckJob({ job, pods: [], nowMs: NOW_MS })).toMatchObject({
      stuck: true,
      reason: 'PodNotStarted (no pod could be created)',
    });
  });
});

describe('the decision about a Job that does not end', () => {
  const running = exampleBackup({ status: logStart('Running') });
  const judge = (sinceMs: number) =>
    decide({
      backup: running,
      job: exampleJob({ condition: 'FailureTarget', endedAt: ago(sinceMs) }),
      operatorPresent: false,
      nowMs: NOW_MS,
    });

  test('FailureTarget for two minutes is a failure: the node is lost, and Kubernetes never says Failed', () => {
    expect(judge(120_000)).toMatchObject({
      kind: 'Record',
      failure: { jobUid: 'job-1', reason: expect.stringContaining('FailureTarget') },
    });
  });

  test('before that it is looked at again in time', () => {
    expect(judge(119_000)).toEqual({ kind: 'Leave', reason: 'Running', recheckAfterMs: 1_000 });
  });

  test('a pod that has started and is gone since is no pod that cannot start', () => {
    const old = Job.parse({
      ...exampleJob(),
      metadata: { ...exampleJob().metadata, creationTimestamp: ago(3_600_000) },
    });
    expect(decide({ backup: running, job: old, pods: [], operatorPresent: false, nowMs: NOW_MS })).toEqual({
      kind: 'Leave',
      reason: 'Running',
    });
  });

  test('a pod that starts while its retry is pending calls the retry off', () => {
    const stuck = { backup: exampleBackup({ status: logStart('Scheduled') }), job: exampleJob() };
    const first = decide({
      ...stuck,
      pods: [pod({ ageMs: 600_000 })],
      operatorPresent: false,
      nowMs: NOW_MS,
    });
    if (first.kind !== 'Record') throw new Error(first.kind);
    const recorded = exampleBackup({
      metadata: { annotations: { 'holdfast.dev/incident': JSON.stringify(first.incident) } },
      status: { ...logStart('Scheduled'), backoffRetryStatus: [{ retryNum: 1, expectedRetryAt: ago(0) }] },
    });
    const held = { backup: recorded, job: exampleJob(), operatorPresent: false, nowMs: NOW_MS };
    expect(decide({ ...held, pods: [pod({ ageMs: 630_000 })] })).toMatchObject({
      kind: 'Retry',
      retryNum: 1,
    });
    expect(decide({ ...held, pods: [pod({ ageMs: 630_000, status: { phase: 'Running' } })] })).toMatchObject({
      kind: 'Await',
      reason: 'JobRunning',
    });
  });
});
