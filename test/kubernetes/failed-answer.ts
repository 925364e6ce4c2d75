import { Agent, request } from 'undici';
import type { KubeIdentity } from '../../dev/node-agent/kube-identity.js';

/** How a call failed, on the wire. What differs from run to run (ports) is written as if it did not. */
export type FailedAnswer =
  | {
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      /** Parsed where it is JSON. */
      readonly body: unknown;
    }
  | { readonly error: { readonly code: string; readonly message: string } };

export interface RawCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
}

/** Calls of one identity that are expected to fail. */
export interface FailingClient {
  /** @throws Error when the call succeeds */
  failureOf(call: RawCall): Promise<FailedAnswer>;
  close(): Promise<void>;
}

/** Longer than the API server itself waits for etcd. */
const TIMEOUT_MS = 120_000;

export function createFailingClient({ server, ca, cert, key }: KubeIdentity): FailingClient {
  const dispatcher = new Agent({ pipelining: 1, connect: { ca, cert, key } });
  return {
    failureOf: async ({ method, path, body }) => {
      const call = request(server + path, {
        method,
        dispatcher,
        headers: { accept: 'application/json, */*', 'content-type': 'application/json' },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const answer = await call
        .then(async (response) => ({ response, text: await response.body.text() }))
        .catch((failure: unknown) => ({ failure }));
      if ('failure' in answer) return { error: socketError(answer.failure) };
      const { response, text } = answer;
      if (response.statusCode < 400)
        throw new Error(`${method} ${path} was answered: ${response.statusCode}`);
      const retryAfter = response.headers['retry-after'];
      return {
        status: response.statusCode,
        headers: typeof retryAfter === 'string' ? { 'retry-after': retryAfter } : {},
        body: parsed(withoutPorts(text)),
      };
    },
    close: () => dispatcher.destroy(),
  };
}

function socketError(failure: unknown): { code: string; message: string } {
  if (!(failure instanceof Error && 'code' in failure)) throw failure;
  return { code: String(failure.code), message: withoutPorts(failure.message) };
}

function withoutPorts(text: string): string {
  return text.replaceAll(/127\.0\.0\.1:\d+(->127\.0\.0\.1:\d+)?/g, '127.0.0.1:6443');
}

function parsed(text: string): unknown {
  return text.startsWith('{') ? JSON.parse(text) : text.trim();
}
