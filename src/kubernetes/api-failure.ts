/**
 * Every way a call to the API server can fail, mapped once. Whether a retry can help is decided by HTTP status,
 * reason and, where a plain 500 carries etcd's text, by that text; never by "contains timeout".
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

/** Thrown for every failed call except "not found" on reads, which is `undefined`. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly operation: string;
  /** The API server's own words, without the operation and the codes. */
  readonly detail: string;
  readonly status: number | undefined;
  readonly reason: string;
  readonly retryAfterMs: number | undefined;
  readonly retryable: boolean;

  constructor(details: ApiFailureDetails, options?: { cause?: unknown }) {
    super(`${details.operation} failed: ${describe(details)}`, options);
    this.operation = details.operation;
    this.detail = details.message;
    this.status = details.status;
    this.reason = details.reason ?? '';
    this.retryAfterMs = details.retryAfterMs;
    this.retryable = isRetryable(details);
  }
}

function describe({ status, reason, message }: ApiFailureDetails): string {
  const code = [status, reason].filter((part) => part !== undefined && part !== '').join(' ');
  return code === '' ? message : `${code}: ${message}`;
}

const RETRYABLE_REASONS_OF_500 = new Set(['', 'InternalError', 'ServerTimeout']);

/** etcd's texts that pass by themselves. Source: etcd api/v3rpc/rpctypes/error.go. */
const TRANSIENT_ETCD =
  /etcdserver: (request timed out|leader changed|no leader|unhealthy cluster|too many requests)/;
const TRANSIENT_RPC = /rpc error: code = (Unavailable|DeadlineExceeded)|context deadline exceeded/;
/** etcd's texts that no waiting mends; they win over everything above. */
const PERMANENT_ETCD = /database space exceeded|request is too large|corrupt cluster/;

function isRetryable({ status, reason, message }: ApiFailureDetails): boolean {
  if (status === undefined) return true;
  if (PERMANENT_ETCD.test(message)) return false;
  if (status === 429 || status === 503 || status === 504) return true;
  if (status !== 500) return false;
  return (
    RETRYABLE_REASONS_OF_500.has(reason ?? '') &&
    (TRANSIENT_ETCD.test(message) || TRANSIENT_RPC.test(message))
  );
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
