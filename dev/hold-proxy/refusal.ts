import type { ServerResponse } from 'node:http';

/** The Status objects of an overloaded API server, and of one that cannot serve now. */
const STATUSES = {
  429: { reason: 'TooManyRequests', message: 'Too many requests, please try again later.' },
  503: { reason: 'ServiceUnavailable', message: 'the server is currently unable to handle the request' },
} as const;

export function refuse(
  response: ServerResponse,
  { status, retryAfterSeconds }: { status: keyof typeof STATUSES; retryAfterSeconds?: number },
): void {
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    ...STATUSES[status],
    ...(retryAfterSeconds !== undefined && { details: { retryAfterSeconds } }),
    code: status,
  };
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  });
  response.end(JSON.stringify(body));
}
