import type { ContainerStatus, Pod } from '../kubernetes/pod.js';
import type { BackupStatus } from '../backup/backup.js';
import type { BackupCommand } from '../backup/backup-command.js';
import { failedConditionOf, logPhaseOf } from '../backup/log-status.js';
import { brErrorIn } from '../br-error.js';
import { redactSecrets } from '../redact.js';
import type { BadEndReason } from './decision.js';

/** Longest `originalReason` and log line that goes into a record. */
const MAX_REASON_LENGTH = 256;

/** What was found about one failure; each part may be missing. */
export interface FailureEvidence {
  /** Newest first. */
  readonly pods: readonly Pod[];
  /** The tail of the failed container's log, as it was printed. */
  readonly logTail: string | undefined;
  /** Reason of the Job's Failed condition. */
  readonly jobReason: string;
  /** What the in-pod manager wrote about this run into the Backup's condition Failed. */
  readonly reported?: string | undefined;
}

/** The most specific thing that is known: how the container ended, else the Job's word; then its last log line. */
export function originalReason({ jobReason, ...evidence }: FailureEvidence): string {
  const { end, line } = partsOf(evidence);
  return oneText([end ?? jobReason, line]);
}

/** As `originalReason`, without the Job's word; `undefined` where the pods tell nothing. */
export function lastWords(evidence: Omit<FailureEvidence, 'jobReason'>): string | undefined {
  const { end, line } = partsOf(evidence);
  return end === undefined && line === undefined ? undefined : oneText([end, line]);
}

function partsOf({ pods, logTail, reported }: Omit<FailureEvidence, 'jobReason'>) {
  return {
    end: pods.map(describeEnd).find((text) => text !== undefined),
    line: (logTail === undefined ? undefined : tellingPart(logTail)) ?? tellingPart(reported ?? ''),
  };
}

function oneText(parts: readonly (string | undefined)[]): string {
  return truncate(parts.filter((part) => part !== undefined).join(': '));
}

function tellingPart(text: string): string | undefined {
  return brErrorIn(text.split(/\r?\n/)) ?? lastMeaningfulLine(text);
}

/**
 * The message of the in-pod manager about the run that failed: only while Failed is the last thing that was said, and
 * never our own bad end, which repeats an older message.
 */
export function reportedFailure(status: BackupStatus, command: BackupCommand): string | undefined {
  if (logPhaseOf(status, command) !== 'Failed') return undefined;
  const failed = failedConditionOf(status, command);
  return OUR_BAD_ENDS.has(failed?.reason ?? '') ? undefined : failed?.message;
}

const OUR_BAD_ENDS: ReadonlySet<string> = new Set([
  'RetryExhausted',
  'RetryTimeout',
  'PermanentFailure',
  'JobFailed',
  'RetryStopped',
] satisfies BadEndReason[]);

/** The container whose end explains the pod's, for reading its log. */
export function failedContainer(pod: Pod): ContainerStatus | undefined {
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return containers.find((container) => (container.state?.terminated?.exitCode ?? 0) !== 0);
}

function describeEnd(pod: Pod): string | undefined {
  if (pod.status?.reason === 'Evicted') return `Evicted (${pod.status.message ?? 'by the kubelet'})`;
  const container = failedContainer(pod);
  const end = container?.state?.terminated;
  if (container === undefined || end === undefined) return describeLostPod(pod) ?? describeWait(pod);
  return `${end.reason ?? 'Error'} (container ${container.name}, exit code ${end.exitCode})`;
}

function describeLostPod({ status }: Pod): string | undefined {
  if (status?.reason === undefined) return undefined;
  return status.message === undefined ? status.reason : `${status.reason} (${status.message})`;
}

/** Waits that every pod goes through. */
const USUAL_WAIT = /^(ContainerCreating|PodInitializing)$/;

/** Why a pod never came to run: its image cannot be pulled, its container cannot be made. */
function describeWait({ status }: Pod): string | undefined {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const stuck = containers.find(({ state }) => !USUAL_WAIT.test(state?.waiting?.reason ?? 'PodInitializing'));
  const waiting = stuck?.state?.waiting;
  if (stuck === undefined || waiting === undefined) return undefined;
  const message = waiting.message === undefined ? '' : `: ${redactSecrets(waiting.message)}`;
  return `${waiting.reason} (container ${stuck.name})${message}`;
}

/** Usage texts, stack frames and separators end many logs and say nothing. */
const NOISE = /^(\s*$|[-=*#\s]+$|\s+at |goroutine \d+|usage:|flags:|\s+--?[a-z]|exit status \d+$)/i;
const TIDB_LOG_PREFIX =
  /^\[\d{4}\/\d\d\/\d\d [^\]]+\] \[(?:INFO|WARN|ERROR|FATAL|DEBUG)\] (?:\[[\w./-]+:\d+\] )?/;

/** The last line that says something, errors before chatter, without time stamp and secrets. */
export function lastMeaningfulLine(log: string): string | undefined {
  const lines = log.split(/\r?\n/).filter((line) => !NOISE.test(line));
  const telling = lines.findLast((line) => /error|fail|denied|refused|timeout|no space|killed/i.test(line));
  const line = telling ?? lines.at(-1);
  if (line === undefined) return undefined;
  return truncate(redactSecrets(line.replace(TIDB_LOG_PREFIX, '').trim()));
}

function truncate(text: string): string {
  const printable = text.replace(/\p{Cc}+/gu, ' ');
  return printable.length <= MAX_REASON_LENGTH ? printable : `${printable.slice(0, MAX_REASON_LENGTH - 1)}…`;
}
