import type { FailureEvidence } from './evidence.js';
import { brErrorIn, brFinalErrorIn } from '../br-error.js';
import { podSign, TEXT_SIGNS } from './failure-signs.js';

interface ClassDescription {
  /** Whether another run can end differently without anybody doing something. */
  readonly retryable: boolean;
  /** What recognises it, for people. */
  readonly evidence: string;
  /** What to do about it, for people. */
  readonly advice: string;
}

/**
 * Every class of failure. The names are values of metric labels and stand in the incident annotation: they never
 * change their meaning. Permanent is only what BR or the storage says with an error code of its own: a false
 * "permanent" costs the backup, a false "retryable" a few retries.
 */
export const FAILURE_CLASSES = {
  out_of_memory: {
    retryable: true,
    evidence: 'a container ended with reason `OOMKilled`',
    advice: 'raise the memory limit in `spec.resources`',
  },
  node_lost: {
    retryable: true,
    evidence: 'pod evicted, preempted, or lost with its node; the pod was asked to end (SIGTERM)',
    advice: 'nothing; with many of them look at the nodes and at pod priorities',
  },
  log_task_exists: {
    retryable: false,
    evidence: '`BR:Stream:ErrStreamLogTaskExist`: the cluster runs a log backup task already',
    advice:
      'a task of this very Backup counts as success; else stop the other task (`br log status` names it)',
  },
  log_task_not_found: {
    retryable: false,
    evidence: '`BR:PiTR:ErrTaskNotFound`: the cluster runs no log backup task of this name',
    advice: 'a stop of a task that was started counts as success; else start the log backup anew',
  },
  lock_conflict: {
    retryable: true,
    evidence: 'a lock file or a checkpoint of another BR, or an import or restore that is running',
    advice: 'nothing, locks expire; remove the lock file that the message names where no BR runs',
  },
  storage_throttled: {
    retryable: true,
    evidence: '`SlowDown`, `ServerBusy`, `TooManyRequests`, HTTP 429',
    advice: 'lower `spec.br.rateLimit` or spread the backups over time',
  },
  no_space: {
    retryable: true,
    evidence: '`no space left on device`, `StorageFull`',
    advice: 'make room on the volume or the store that the message names',
  },
  cluster_not_found: {
    retryable: true,
    evidence: 'the name of PD does not resolve (`lookup …-pd… no such host`)',
    advice: 'check `spec.br.cluster` and that the cluster runs: its name goes while all its PD pods restart',
  },
  network: {
    retryable: true,
    evidence: 'time-outs, refused or reset connections, gRPC `Unavailable`, `BR:PD:ErrPDLeaderNotFound`',
    advice: 'nothing; where it lasts, check network policies and the endpoint of the storage',
  },
  credentials_refused: {
    retryable: false,
    evidence: '`AccessDenied`, `InvalidAccessKeyId`, `SignatureDoesNotMatch`, or the like from the storage',
    advice: 'correct the Secret or the rights of the role, then retry now',
  },
  storage_not_found: {
    retryable: false,
    evidence: '`NoSuchBucket`, `ContainerNotFound`, or the like from the storage',
    advice: 'create the bucket or correct its name in the spec',
  },
  unsupported_version: {
    retryable: false,
    evidence: '`BR:Common:ErrVersionMismatch`, `BR:Common:ErrUnsupportedOperation`',
    advice: 'set `spec.toolImage` to a BR of the version of the cluster',
  },
  spec_invalid: {
    retryable: false,
    evidence:
      '`BR:ExternalStorage:ErrStorageInvalidConfig`, an unknown flag, a path that holds another backup',
    advice: 'correct the spec as the message says',
  },
  unknown: {
    retryable: true,
    evidence: 'everything else',
    advice: "read the record's `originalReason` and the log of the pod",
  },
} as const satisfies Record<string, ClassDescription>;

export type FailureClass = keyof typeof FAILURE_CLASSES;

export interface Classification {
  readonly class: FailureClass;
  readonly retryable: boolean;
}

/**
 * The class of one failure. How the pod ended comes before anything that was printed, and what may pass by itself
 * before what does not: BR wraps time-outs in its error for missing rights.
 */
export function classifyFailure(evidence: FailureEvidence): Classification {
  const found = podSign(evidence.pods) ?? textSign(evidence) ?? 'unknown';
  return { class: found, retryable: FAILURE_CLASSES[found].retryable };
}

function textSign(evidence: FailureEvidence): FailureClass | undefined {
  const lines = evidence.logTail?.split(/\r?\n/) ?? [];
  // Only BR's last word makes a failure permanent: an earlier error may have been overcome.
  const ends = finalErrorOf(evidence) ?? '';
  const said = `${ends}\n${brErrorIn(lines) ?? ''}`;
  return TEXT_SIGNS.find(([name, sign]) => sign.test(FAILURE_CLASSES[name].retryable ? said : ends))?.[0];
}

/** The error with which BR ended, from its log and from what the in-pod manager reported. */
export function finalErrorOf({ logTail, reported }: FailureEvidence): string | undefined {
  const printed = logTail === undefined ? undefined : brFinalErrorIn(logTail.split(/\r?\n/));
  const words = [printed, reported].filter((text) => text !== undefined);
  return words.length === 0 ? undefined : words.join('\n');
}
