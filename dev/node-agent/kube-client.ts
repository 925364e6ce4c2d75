import { errors, Pool, type Dispatcher } from 'undici';
import type { KubeIdentity } from './kube-identity.js';

/** Requests under way at once; more wait in the pool, so that a storm of pods does not flood the API server. */
const MAX_IN_FLIGHT = 32;
const REQUEST_TIMEOUT_MS = 30_000;

/** An answer of the API server other than 2xx. */
export class KubeFailure extends Error {
  constructor(
    readonly statusCode: number,
    call: string,
    readonly body: string,
  ) {
    super(`${call}: ${statusCode} ${body.slice(0, 500)}`);
    this.name = 'KubeFailure';
  }
}

export interface KubeCall {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  body?: unknown;
  /** Default `application/json`. */
  contentType?: string;
}

/** JSON calls to one API server over kept-alive connections. */
export interface KubeClient {
  /** @throws KubeFailure for an answer other than 2xx; the network's own error where there was none. */
  call(call: KubeCall): Promise<unknown>;
  /** A GET whose answer is read as it comes, outside the limit of requests. @throws as `call`. */
  stream(path: string, signal: AbortSignal): Promise<AsyncIterable<string>>;
  close(): Promise<void>;
}

export const mergePatch = 'application/merge-patch+json';
export const strategicMergePatch = 'application/strategic-merge-patch+json';

export function createKubeClient(identity: KubeIdentity): KubeClient {
  const connect = { ca: identity.ca, cert: identity.cert, key: identity.key };
  const pool = new Pool(identity.server, { connections: MAX_IN_FLIGHT, pipelining: 1, connect });
  const streams = new Pool(identity.server, { pipelining: 1, connect, bodyTimeout: 0 });
  const headers = {
    accept: 'application/json',
    'user-agent': 'holdfast-node-agent',
    ...(identity.token === undefined ? {} : { authorization: `Bearer ${identity.token}` }),
  };
  return {
    call: async ({ method, path, body, contentType = 'application/json' }) => {
      const answer = await pool.request({
        method,
        path,
        headers: body === undefined ? headers : { ...headers, 'content-type': contentType },
        body: body === undefined ? null : JSON.stringify(body),
        headersTimeout: REQUEST_TIMEOUT_MS,
        bodyTimeout: REQUEST_TIMEOUT_MS,
      });
      const text = await answer.body.text();
      throwUnlessOk({ answer, text, call: `${method} ${path}` });
      return JSON.parse(text);
    },
    stream: async (path, signal) => {
      const answer = await streams.request({ method: 'GET', path, headers, signal });
      if (answer.statusCode !== 200) {
        throwUnlessOk({ answer, text: await answer.body.text(), call: `GET ${path}` });
      }
      return answer.body.setEncoding('utf8');
    },
    close: async () => {
      await Promise.all([pool.destroy(), streams.destroy()]);
    },
  };
}

interface Answered {
  answer: Dispatcher.ResponseData;
  text: string;
  call: string;
}

function throwUnlessOk({ answer, text, call }: Answered): void {
  if (answer.statusCode < 200 || answer.statusCode > 299)
    throw new KubeFailure(answer.statusCode, call, text);
}

/** True for the failure that a repetition can mend: no answer, throttled, or the server's own trouble. */
export function isTransient(failure: unknown): boolean {
  if (failure instanceof errors.ClientDestroyedError || failure instanceof errors.ClientClosedError)
    return false;
  if (!(failure instanceof KubeFailure)) return failure instanceof Error;
  return failure.statusCode === 429 || failure.statusCode >= 500;
}

export function hasStatus(failure: unknown, statusCode: number): boolean {
  return failure instanceof KubeFailure && failure.statusCode === statusCode;
}
