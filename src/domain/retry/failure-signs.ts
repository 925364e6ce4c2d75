import type { Pod } from '../kubernetes/pod.js';
import type { FailureClass } from './failure-class.js';

/** Reasons that kubelet and controllers give for a pod that they ended. Source: kubernetes/pkg/kubelet, node lifecycle. */
const LOST_POD =
  /^(Evicted|NodeLost|NodeAffinity|NodeShutdown|Terminated|Preempting|UnexpectedAdmissionError)$/;

/** What the end of the pods says by itself; `undefined` where only the printed error tells. */
export function podSign(pods: readonly Pod[]): FailureClass | undefined {
  if (pods.some(isOutOfMemory)) return 'out_of_memory';
  return pods.some(({ status }) => LOST_POD.test(status?.reason ?? '')) ? 'node_lost' : undefined;
}

function isOutOfMemory({ status }: Pod): boolean {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return containers.some(({ state }) => state?.terminated?.reason === 'OOMKilled');
}

/**
 * An error code of S3 where the clients put it, never the bare word, which may stand in a path:
 * aws-sdk-go v1 `Code: message⏎ status code: 403`, v2 `api error Code: message`, TiKV's rusoto `<Code>Code</Code>`,
 * TiKV's aws-sdk-rust `code: Some("Code")`.
 */
function s3Code(codes: string): RegExp {
  return new RegExp(
    [
      `(?:^|[\\s:])(?:${codes}): [^]{0,600}?\\bstatus code: \\d{3}\\b`,
      `\\bapi error (?:${codes}): `,
      `<Code>(?:${codes})</Code>`,
      `\\bcode: Some\\(\\\\*"(?:${codes})\\\\*"\\)`,
    ].join('|'),
  );
}

/** azcore's ResponseError prints `ERROR CODE: ContainerNotFound`. */
function azureCode(codes: string): RegExp {
  return new RegExp(`\\bERROR CODE: (?:${codes})\\b`);
}

/**
 * What BR prints, in order of precedence. BR's codes: pingcap/tidb, br/pkg/errors/errors.go. Left out on purpose,
 * and so retryable: `ErrStorageInvalidPermission` alone (it wraps time-outs too), `ErrKVStorage` (any I/O error of
 * TiKV), `NoCredentialProviders` and `ExpiredToken` (a metadata server that is away; the next pod gets a new token).
 */
export const TEXT_SIGNS: readonly (readonly [FailureClass, RegExp])[] = [
  // br/pkg/task/stream.go, RunStreamStart: "failed to start the log backup, allow only one running task", before v8
  // "It supports single stream log task currently".
  ['log_task_exists', /\[BR:Stream:ErrStreamLogTaskExist\]/],
  // br/pkg/streamhelper/client.go, GetTask: "no such task <name>".
  ['log_task_not_found', /\[BR:PiTR:ErrTaskNotFound\]/],
  // br/pkg/checkpoint: "The existing lock will expire in 270 seconds. There may be another BR(1) running."
  ['lock_conflict', /\bThe existing lock will expire in \d+ seconds\b/],
  // br/pkg/storage/locking.go, ErrLocked: log truncate.
  ['lock_conflict', /\blocked, meta = Locked\b/],
  // br/pkg/task/stream.go, checkImportTaskRunning: with a time to live.
  ['lock_conflict', /\bThere are some lightning\/restore tasks running: /],
  // br/pkg/backup/client.go, before checkpoints: another run may still hold it.
  ['lock_conflict', /\bbackup lock (?:file )?exists\b/],
  [
    'storage_throttled',
    s3Code('SlowDown|TooManyRequests|RequestLimitExceeded|ThrottlingException|Throttling'),
  ],
  ['storage_throttled', azureCode('ServerBusy')],
  ['storage_throttled', /\bgoogleapi: Error 429\b|\bgoogleapi: Error 403: [^]*\brateLimitExceeded\b/],
  ['no_space', /\bno space left on device\b|\bkind: StorageFull\b/i],
  // Go's resolver. PD's service has no address while no PD pod is ready; a cluster that is being made anew neither.
  ['cluster_not_found', /\blookup \S*-pd\b\S*(?: on \S+)?: no such host\b/],
  ['network', /\[BR:PD:ErrPDLeaderNotFound\]|\[BR:Common:ErrFailedToConnect\]/],
  // Go's net package and gRPC; aws-sdk-go; TiKV's rusoto.
  [
    'network',
    /\bdial tcp\b|\bi\/o timeout\b|\bconnection (?:refused|reset by peer)\b|\bno such host\b|\bbroken pipe\b/,
  ],
  [
    'network',
    /\bcontext deadline exceeded\b|\bTLS handshake timeout\b|\bnetwork is unreachable\b|\bunexpected EOF\b/,
  ],
  ['network', /\brpc error: code = (?:Unavailable|DeadlineExceeded)\b/],
  ['network', /\bRequestError: send request failed\b|\brusoto error timeout\b|\bDispatchFailure\b/],
  // Our in-pod manager's word for a pod that was asked to end.
  ['node_lost', /^stopped by SIGTERM\b/m],
  [
    'credentials_refused',
    s3Code('AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|AllAccessDisabled|AccountProblem'),
  ],
  // HEAD answers have no body, so S3's code is missing there: br/pkg/storage/s3.go, permission AccessBuckets.
  ['credentials_refused', /\bcheck permission \w+ failed due to Forbidden: Forbidden\b/],
  ['credentials_refused', azureCode('AuthenticationFailed|AuthorizationPermissionMismatch')],
  ['credentials_refused', /\bgoogleapi: Error 40[13]: [^]*, (?:forbidden|authError|required)\b/],
  ['storage_not_found', s3Code('NoSuchBucket')],
  ['storage_not_found', /\bcheck permission AccessBuckets failed due to NotFound: Not Found\b/],
  ['storage_not_found', azureCode('ContainerNotFound')],
  // cloud.google.com/go/storage, ErrBucketNotExist.
  ['storage_not_found', /\bstorage: bucket doesn't exist\b/],
  ['unsupported_version', /\[BR:Common:(?:ErrVersionMismatch|ErrUnsupportedOperation)\]/],
  // GCE's metadata server gives the default credentials, and it may be away.
  ['unknown', /\bcould not find default credentials\b/],
  ['spec_invalid', /\[BR:ExternalStorage:ErrStorageInvalidConfig\]/],
  // br/pkg/task/stream.go: the path holds the log of another cluster.
  [
    'spec_invalid',
    /\bthe stream log files from cluster ID:\d+ and current cluster ID:\d+[^]*\[BR:Common:ErrInvalidArgument\]/,
  ],
  // br/pkg/backup/client.go, SetStorage: the path holds a whole backup.
  ['spec_invalid', /\bbackup meta file exists in [^]*\[BR:Common:ErrInvalidArgument\]/],
  // cobra and pflag, where they begin what BR says: alone, in our manager's condition, in that of TiDB Operator's.
  [
    'spec_invalid',
    /(?:^|^BR exited with code \d+: |, errMsg Error: )(?:unknown (?:command|flag|shorthand flag)\b|required flag\(s\) |invalid argument "[^]*" for "[^"]*" flag)/m,
  ],
  // Our in-pod manager, before it starts BR.
  ['spec_invalid', /^(?:spec cannot be used: |spec names no storage: |log-truncate needs a timestamp)/m],
];
