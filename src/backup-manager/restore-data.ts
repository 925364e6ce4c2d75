import { statusWithRestoreCondition } from '../domain/replication/restore-status.js';
import type { Restore, RestoreStatus } from '../domain/replication/restore.js';
import { toRfc3339Seconds } from '../domain/time.js';
import { BrRestoreSpec } from './br-restore-spec.js';
import type { BrSummary } from './br-words.js';
import { runDataCourse, type DataCourse } from './data-course.js';
import { finishedRestoreStatus } from './finished-restore.js';
import { statusWithoutProgress } from './observed-progress.js';
import type { PodDependencies } from './pod-work.js';
import { prepareBr } from './prepare-br.js';
import type { ReplicationArgumentsInput } from './replication-arguments.js';
import { restoreArguments } from './restore-arguments.js';
import { isTso } from './start-timestamp.js';

export interface RestoreOptions {
  readonly mode: 'snapshot' | 'pitr';
  readonly pitrRestoredTs?: string | undefined;
  readonly clusterTls: boolean;
  readonly replication?: ReplicationArgumentsInput | undefined;
}

export interface RestoreContext extends PodDependencies {
  readonly restore: Restore;
  /** Brings the status to what `change` makes of it; in the first half of a replication restore it writes nothing. */
  readonly write: DataCourse<RestoreStatus>['write'];
}

const FAILED_REASON = 'RestoreDataFromRemoteFailed';

/**
 * Runs BR for a Restore and writes its course: Running, then Complete or Failed.
 * @returns whether BR succeeded
 * @throws StatusOwnerGone or ApiFailure where the status cannot be written
 */
export async function restoreData(options: RestoreOptions, context: RestoreContext): Promise<boolean> {
  const { restore, write, env } = context;
  const { namespace } = restore.metadata;
  return runDataCourse<RestoreStatus>(
    {
      what: 'restore',
      write,
      prepare: () =>
        prepareBr({
          spec: restore.spec,
          schema: BrRestoreSpec,
          env,
          commands: (spec) => restoreArguments({ ...options, namespace, spec }),
        }),
      begin: ({ startedMs }) => {
        const running = { type: 'Running', now: toRfc3339Seconds(startedMs) } as const;
        return [(status) => statusWithRestoreCondition(statusWithoutProgress(status), running)];
      },
      complete: ({ summary, startedMs, endedMs }) => {
        const finished = { startedMs, endedMs, commitTs: commitTsOf(options, summary) };
        return (status) => finishedRestoreStatus(status, finished);
      },
      fail: ({ message, endedMs }) => {
        const type = mayRunAgain(restore) ? ('Running' as const) : ('Failed' as const);
        const update = { type, reason: FAILED_REASON, message, now: toRfc3339Seconds(endedMs) };
        return (status) => statusWithRestoreCondition(status, update);
      },
    },
    context,
  );
}

/** Up to when the data goes: BR's word, else what was asked for. TiDB Operator reads the file of the full backup. */
function commitTsOf({ mode, pitrRestoredTs }: RestoreOptions, summary: BrSummary): string | undefined {
  if (mode === 'snapshot') return summary.backupTs;
  return summary.restoredTo ?? (isTso(pitrRestoredTs) ? pitrRestoredTs : undefined);
}

/**
 * With `spec.backoffLimit` Kubernetes may start the pod again. What is final is then the Job's to say, and why this pod
 * failed stands in the condition that it runs, until the next pod does.
 */
export function mayRunAgain({ spec }: Restore): boolean {
  const { data: backoffLimit = 0 } = BrRestoreSpec.shape.backoffLimit.safeParse(spec['backoffLimit']);
  return backoffLimit > 0;
}
