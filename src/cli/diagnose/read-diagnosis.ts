import { LogJobSpec } from '../../domain/backup/log-job-spec.js';
import { commandOf } from '../../domain/backup/backup-command.js';
import { trueCondition } from '../../domain/kubernetes/job-outcome.js';
import { isNotStarted } from '../../domain/kubernetes/pod-start.js';
import type { Pod } from '../../domain/kubernetes/pod.js';
import type { SeenBackup } from '../../domain/retry/decide.js';
import { lastWords, originalReason, reportedFailure } from '../../domain/retry/evidence.js';
import { classifyFailure } from '../../domain/retry/failure-class.js';
import type { KubernetesApi } from '../../kubernetes/api.js';
import { ApiFailure } from '../../kubernetes/api-failure.js';
import { secretProblem, secretRequirementsOf } from '../../kubernetes/objects/secret-requirements.js';
import { readSecretKeys } from '../../kubernetes/secret-keys.js';
import type { KubernetesEvent } from '../backups/backup-events.js';
import type { DiagnosisMaterial, LastFailure, SecretLook } from './diagnosis.js';
import { readPodLog, type PodLog } from './pod-log.js';

export interface Traces {
  /** Of the current Job, newest first. */
  readonly pods: readonly Pod[];
  readonly events: readonly KubernetesEvent[];
}

/** Everything but the storage. What may not be read is said, and stops nothing. */
export async function readDiagnosis(
  api: KubernetesApi,
  { seen, traces }: { seen: SeenBackup; traces: Traces },
): Promise<Omit<DiagnosisMaterial, 'storage'>> {
  const [newest] = traces.pods;
  const [log, secrets] = await Promise.all([
    newest === undefined ? undefined : readPodLog(api, newest),
    readSecrets(api, seen),
  ]);
  const lastFailure = lastFailureOf(seen, { traces, log });
  const notStarted = notStartedReason(seen, traces);
  return {
    ...(lastFailure !== undefined && { lastFailure }),
    ...(log !== undefined && { log }),
    ...(notStarted !== undefined && { notStarted }),
    secrets,
  };
}

/** `undefined` where the current Job has not failed. */
function lastFailureOf(
  { backup, job }: SeenBackup,
  { traces, log }: { traces: Traces; log: PodLog | undefined },
): LastFailure | undefined {
  const command = commandOf(backup);
  const failed = job === undefined ? undefined : trueCondition(job, 'Failed');
  if (command === undefined || failed === undefined) return undefined;
  const evidence = {
    pods: traces.pods,
    logTail: log === undefined || 'unreadable' in log ? undefined : log.text,
    jobReason: failed.reason ?? 'the Job has failed',
    reported: reportedFailure(backup.status, command),
  };
  return { ...classifyFailure(evidence), reason: originalReason(evidence) };
}

function notStartedReason({ job }: SeenBackup, { pods, events }: Traces): string | undefined {
  const [newest] = pods;
  if (newest !== undefined && isNotStarted(newest)) return lastWords({ pods: [newest], logTail: undefined });
  if (newest !== undefined || job === undefined) return undefined;
  return events.findLast(
    ({ reason, involvedObject }) =>
      reason === 'FailedCreate' && involvedObject.name === job.metadata.name && involvedObject.kind === 'Job',
  )?.message;
}

async function readSecrets(api: KubernetesApi, { backup }: SeenBackup): Promise<SecretLook[]> {
  const spec = LogJobSpec.safeParse(backup.spec).data;
  if (spec === undefined) return [];
  const { namespace } = backup.metadata;
  return Promise.all(
    secretRequirementsOf(spec).map(async (requirement) => {
      const { name } = requirement;
      try {
        const problem = secretProblem(requirement, await readSecretKeys(api, { namespace, name }));
        return { name, ...(problem !== undefined && { problem }) };
      } catch (failure) {
        if (!(failure instanceof ApiFailure)) throw failure;
        return { name, unreadable: failure.message };
      }
    }),
  );
}
