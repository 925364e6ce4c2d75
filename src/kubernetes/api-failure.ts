/**
 * Every way a call to the API server can fail, mapped once. Whether a retry can help is decided by HTTP status,
 * reason and, where a plain 500 or an allocator's 422 carries etcd's text, by that text; never by "contains timeout". The table stands in
 * docs/api-resilience.md.
 */
export interface ApiFailureDetails {
  /** What was tried, for example `patch Backup prod/orders`. */
  readonly operation: string;
  /** HTTP status; `undefined` when no answer came. */
  readonly status?: number;
  /** `reason` of the Status object, or the socket's error code. */
  readonly reason?: string;
  readonly message: string;
  /** From `Retry-After`. */
  readonly retryAfterMs?: number;
}

/** What a failed call is counted as; a closed list, fit for a label of a metric. */
export const API_FAILURE_CAUSES = [
  'Throttled',
  'Unavailable',
  'GatewayTimeout',
  /** etcd, or an admission webhook, did not answer the API server. */
  'Backend',
  'ConnectionFailed',
  'NoAnswer',
  'Refused',
] as const;
export type ApiFailureCause = (typeof API_FAILURE_CAUSES)[number];

/** Thrown for every failed call except "not found" on reads, which is `undefined`. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly operation: string;
  /** The API server's own words, without the operation and the codes. */
  readonly detail: string;
  readonly status: number | undefined;
  readonly reason: string;
  readonly retryAfterMs: number | undefined;
  /** `Refused` for what no repetition mends. */
  readonly causeOfFailure: ApiFailureCause;
  readonly retryable: boolean;

  constructor(details: ApiFailureDetails, options?: { cause?: unknown }) {
    super(`${details.operation} failed: ${describe(details)}`, options);
    this.operation = details.operation;
    this.detail = details.message;
    this.status = details.status;
    this.reason = details.reason ?? '';
    this.retryAfterMs = details.retryAfterMs;
    this.causeOfFailure = causeOf(details);
    this.retryable = this.causeOfFailure !== 'Refused';
  }
}

function describe({ status, reason, message }: ApiFailureDetails): string {
  const code = [status, reason].filter((part) => part !== undefined && part !== '').join(' ');
  return code === '' ? message : `${code}: ${message}`;
}

const RETRYABLE_REASONS_OF_500 = new Set(['', 'InternalError', 'ServerTimeout']);

/** etcd's texts that pass by themselves, with whatever follows them. Source: etcd api/v3rpc/rpctypes/error.go. */
const TRANSIENT_ETCD =
  /etcdserver: (request timed out|leader changed|no leader|unhealthy cluster|too many requests)/;
/** Also of an admission webhook that times out; one that refuses the connection is down, and a 500 like any other. */
const TRANSIENT_RPC = /rpc error: code = (Unavailable|DeadlineExceeded)|context deadline exceeded/;
/** etcd's texts that no waiting mends; they win over everything else. */
const PERMANENT_ETCD = /etcdserver: (mvcc: )?(database space exceeded|request is too large|corrupt cluster)/;

/**
 * A server that is away, or a network that is: no connection, or one that broke. Not in the list are what a person has
 * to mend: certificates and TLS versions, a name that does not exist (ENOTFOUND; EAI_AGAIN is a name server that is
 * away), and an answer that is no API server's.
 */
const CONNECTION_FAILED = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'EAI_AGAIN',
  'ERR_STREAM_PREMATURE_CLOSE',
  'UND_ERR_SOCKET',
]);
/**
 * The allocator of a Service's address makes a 422 of whatever etcd says to it: the Service is not to blame. Anywhere
 * else in a 422 such a text may be quoted from the object itself (docs/decisions/0015).
 */
const ALLOCATION = /failed to allocate [\w ]+: /;

/** Nobody said anything in time; without a code, nobody said why. */
const NO_ANSWER = new Set([
  '',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

function causeOf({ status, reason = '', message }: ApiFailureDetails): ApiFailureCause {
  if (PERMANENT_ETCD.test(message)) return 'Refused';
  switch (status) {
    case undefined:
      if (CONNECTION_FAILED.has(reason)) return 'ConnectionFailed';
      return NO_ANSWER.has(reason) ? 'NoAnswer' : 'Refused';
    case 429:
      return 'Throttled';
    case 503:
      return 'Unavailable';
    case 504:
      return 'GatewayTimeout';
    case 500:
      return RETRYABLE_REASONS_OF_500.has(reason) && isTransient(message) ? 'Backend' : 'Refused';
    case 422:
      return isTransient(afterAllocation(message)) ? 'Backend' : 'Refused';
    default:
      return 'Refused';
  }
}

function isTransient(message: string): boolean {
  return TRANSIENT_ETCD.test(message) || TRANSIENT_RPC.test(message);
}

/** What the allocator was told; empty where none speaks. */
function afterAllocation(message: string): string {
  return message.split(ALLOCATION)[1] ?? '';
}

/** A conflict with another writer, or a name that is taken: the caller reads again and decides. */
export function isConflict(failure: unknown): failure is ApiFailure {
  return failure instanceof ApiFailure && failure.status === 409;
}

export function isNotFound(failure: unknown): failure is ApiFailure {
  return failure instanceof ApiFailure && failure.status === 404;
}

/** The watch's resource version is too old: list again. */
export function isExpired(failure: unknown): failure is ApiFailure {
  return failure instanceof ApiFailure && failure.status === 410;
}
