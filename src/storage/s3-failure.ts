import { S3ServiceException } from '@aws-sdk/client-s3';
import { StoreFailure, type StoreFailureKind } from './object-store.js';

/** The store's own codes that say more than the HTTP status. */
const KIND_OF_CODE: Readonly<Record<string, StoreFailureKind>> = {
  NoSuchBucket: 'NoBucket',
  RequestTimeTooSkewed: 'ClockSkew',
  RequestExpired: 'ClockSkew',
  SlowDown: 'Throttled',
  TooManyRequests: 'Throttled',
  RequestLimitExceeded: 'Throttled',
  Throttling: 'Throttled',
  ServiceUnavailable: 'Throttled',
  InternalError: 'Unreachable',
  RequestTimeout: 'Unreachable',
  PreconditionFailed: 'Conflict',
  ConditionalRequestConflict: 'Conflict',
  OperationAborted: 'Conflict',
  AccessDenied: 'AccessDenied',
  InvalidAccessKeyId: 'AccessDenied',
  SignatureDoesNotMatch: 'AccessDenied',
  ExpiredToken: 'AccessDenied',
  TokenRefreshRequired: 'AccessDenied',
  CredentialsProviderError: 'NoCredentials',
};

const KIND_OF_STATUS: Readonly<Record<number, StoreFailureKind>> = {
  401: 'AccessDenied',
  403: 'AccessDenied',
  409: 'Conflict',
  412: 'Conflict',
  429: 'Throttled',
  503: 'Throttled',
};

/** Errors of sockets, resolvers and our own deadlines: no answer came, or only a part of it. */
const NETWORK =
  /^(E(CONN|HOST|NET|PIPE|AI_|TIMEDOUT|PROTO)|ENOTFOUND|UND_ERR|TimeoutError|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/;

/** Answers that are no XML, or not the XML of S3: a login page, a proxy's error, another service. */
const UNREADABLE = /deserializ|unexpected (closing|end)|char '|is not expected|xml|Unclosed|JSON/i;

/**
 * Maps every failure of a call once. The SDK's own error is not passed on as the cause: it holds the request, with its
 * authorization. `what` says what was tried, for example `list s3://backups/orders/`.
 */
export function storeFailure(what: string, failure: unknown): StoreFailure {
  if (failure instanceof StoreFailure) return failure;
  const kind = kindOf(failure);
  return new StoreFailure(kind, `${what} failed: ${HINT[kind] ?? ''}${wordOf(failure)}`);
}

const HINT: Partial<Record<StoreFailureKind, string>> = {
  NoCredentials:
    "there are no credentials: name them in the plan's store.credentials (or ledger.credentials), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or a role of this host: ",
  ClockSkew: "this host's clock and the store's are too far apart: ",
  Malformed: 'the answer is not that of an S3 store: ',
};

function kindOf(failure: unknown): StoreFailureKind {
  const codes = codesOf(failure);
  for (const code of codes) {
    const kind = KIND_OF_CODE[code];
    if (kind !== undefined) return kind;
  }
  const status = statusOf(failure);
  // A store names its refusals; a page of a proxy has a status only, and what it refuses is not ours to read.
  if (status !== undefined && status >= 300) {
    return (
      KIND_OF_STATUS[status] ?? (status >= 500 ? 'Unreachable' : isNamed(failure) ? 'Refused' : 'Malformed')
    );
  }
  if (codes.some((code) => NETWORK.test(code))) return 'Unreachable';
  if (failure instanceof Error && UNREADABLE.test(`${failure.name} ${failure.message}`)) return 'Malformed';
  return status === undefined ? 'Unreachable' : 'Malformed';
}

function isNamed(failure: unknown): boolean {
  return (
    failure instanceof S3ServiceException && !/^(Unknown|UnknownError|NotFound|\d+|Error)$/.test(failure.name)
  );
}

/** Name and code of the failure and of what caused it. */
function codesOf(failure: unknown): string[] {
  if (!(failure instanceof Error)) return [];
  const code = 'code' in failure && typeof failure.code === 'string' ? [failure.code] : [];
  const inner = failure instanceof AggregateError ? failure.errors.flatMap(codesOf) : codesOf(failure.cause);
  return [failure.name, ...code, ...inner];
}

function statusOf(failure: unknown): number | undefined {
  if (failure instanceof S3ServiceException) return failure.$metadata.httpStatusCode;
  // What the SDK cannot read it throws as it came, with the answer attached.
  if (typeof failure !== 'object' || failure === null || !('$response' in failure)) return undefined;
  const answer = failure.$response;
  if (typeof answer !== 'object' || answer === null || !('statusCode' in answer)) return undefined;
  return typeof answer.statusCode === 'number' ? answer.statusCode : undefined;
}

function wordOf(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  const status = statusOf(failure);
  const message = failure.message === '' ? (codesOf(failure).at(-1) ?? '') : failure.message;
  const text = [status, failure.name, message].filter((part) => part !== undefined).join(' ');
  return text.replaceAll(/\s+/g, ' ').slice(0, 500);
}
