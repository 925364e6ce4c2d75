import type { Pod } from '../../domain/kubernetes/pod.js';

/** The pods of Jobs that have not ended, by the UID of their Job. */
export interface RunningPods {
  seen(pod: Pod): void;
  gone(pod: Pod): void;
  of(jobUid: string): readonly Pod[];
  /** The Job has ended, or is gone: its pods tell nothing any more. */
  forgetJob(jobUid: string): void;
  forgetWhere(isGone: (pod: Pod) => boolean): void;
  size(): number;
}

/** @param hasEnded whether the Job of this pod is known, and runs no more */
export function createRunningPods(hasEnded: (pod: Pod) => boolean): RunningPods {
  const byJob = new Map<string, Map<string, Pod>>();
  const remove = (jobUid: string, podUid: string): void => {
    const pods = byJob.get(jobUid);
    pods?.delete(podUid);
    if (pods?.size === 0) byJob.delete(jobUid);
  };
  return {
    seen: (pod) => {
      const jobUid = jobUidOf(pod);
      // Its Job may be seen after it: only one that is known to have ended makes a pod worthless.
      if (jobUid === undefined || hasEnded(pod)) return;
      const pods = byJob.get(jobUid) ?? new Map<string, Pod>();
      byJob.set(jobUid, pods.set(pod.metadata.uid, pod));
    },
    gone: (pod) => {
      const jobUid = jobUidOf(pod);
      if (jobUid !== undefined) remove(jobUid, pod.metadata.uid);
    },
    of: (jobUid) => [...(byJob.get(jobUid)?.values() ?? [])],
    forgetJob: (jobUid) => void byJob.delete(jobUid),
    forgetWhere: (isGone) => {
      for (const [jobUid, pods] of byJob) {
        for (const pod of pods.values()) if (isGone(pod)) remove(jobUid, pod.metadata.uid);
      }
    },
    size: () => [...byJob.values()].reduce((sum, pods) => sum + pods.size, 0),
  };
}

function jobUidOf(pod: Pod): string | undefined {
  return jobOwnerOf(pod)?.uid;
}

/** The Job that the pod belongs to; `undefined` for a pod of something else. */
export function jobOwnerOf({ metadata }: Pod): { name: string; uid: string } | undefined {
  return metadata.ownerReferences?.find(({ kind }) => kind === 'Job');
}
