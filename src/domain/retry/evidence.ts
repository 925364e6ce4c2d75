import type { ContainerStatus, Pod } from '../kubernetes/pod.js';
import { brErrorIn } from '../br-error.js';
import { redactSecrets } from '../redact.js';

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
}

/** The most specific thing that is known: how the container ended, else the Job's word; then its last log line. */
export function originalReason({ pods, logTail, jobReason }: FailureEvidence): string {
  const end = pods.map(describeEnd).find((text) => text !== undefined) ?? jobReason;
  const line =
    logTail === undefined ? undefined : (brErrorIn(logTail.split(/\r?\n/)) ?? lastMeaningfulLine(logTail));
  return truncate(line === undefined ? end : `${end}: ${line}`);
}

/** The container whose end explains the pod's, for reading its log. */
export function failedContainer(pod: Pod): ContainerStatus | undefined {
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return containers.find((container) => (container.state?.terminated?.exitCode ?? 0) !== 0);
}

function describeEnd(pod: Pod): string | undefined {
  if (pod.status?.reason === 'Evicted') return `Evicted (${pod.status.message ?? 'by the kubelet'})`;
  const container = failedContainer(pod);
  const end = container?.state?.terminated;
  if (container === undefined || end === undefined) return pod.status?.reason;
  return `${end.reason ?? 'Error'} (container ${container.name}, exit code ${end.exitCode})`;
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
