import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { Pool, type Dispatcher } from 'undici';
import { stringify } from 'yaml';
import { readKubeIdentity, type KubeIdentity } from '../node-agent/kube-identity.js';
import { listenOnLoopback } from '../node-agent/loopback-server.js';
import { createHolds, type Hold, type HoldMatch, type PendingHold } from './holds.js';

export interface HoldProxyOptions {
  /** Path of the kubeconfig whose identity speaks to the API server, for whoever calls the proxy. */
  kubeconfig: string;
  /** Where the kubeconfig that points at the proxy is written. */
  folder: string;
  /** Default: a free one. */
  port?: number;
}

export interface ProxiedCall {
  method: string;
  /** With its query. */
  path: string;
  /** What the API server answered; undefined where it was not asked, or did not answer. */
  status: number | undefined;
  /** When the call came in, milliseconds of the epoch. */
  atMs: number;
}

export interface HoldProxy {
  url: string;
  /** Path of a kubeconfig for the proxy: the same context name, no credentials. */
  kubeconfig: string;
  /** Holds the next call that fits. */
  holdNext(match: HoldMatch): Hold;
  /** All calls so far, in the order in which they came in. */
  calls(): readonly ProxiedCall[];
  /** How many connections of clients are open. */
  connections(): Promise<number>;
  /** Closes all connections; calls that are held are dropped. */
  stop(): Promise<void>;
}

/**
 * A proxy in front of a Kubernetes API server that can hold single calls, for tests of crashes: kill the client while
 * its call is held `before` (it never happened) or `after` (it happened and the client does not know). Plain HTTP on
 * loopback; everything else, watches included, passes as it comes. Upgrades (exec, port-forward) are not served.
 */
export async function startHoldProxy(options: HoldProxyOptions): Promise<HoldProxy> {
  const identity = await readKubeIdentity(options.kubeconfig);
  const upstream = createUpstream(identity);
  const holds = createHolds();
  const calls: ProxiedCall[] = [];
  const server = createServer((request, response) => {
    const call: ProxiedCall = {
      method: request.method ?? '',
      path: request.url ?? '/',
      status: undefined,
      atMs: Date.now(),
    };
    calls.push(call);
    serve({ request, response, upstream, identity, holds, call }).catch((failure: unknown) => {
      // Seen by the client as a broken connection, which is what it is.
      response.destroy(failure instanceof Error ? failure : undefined);
    });
  });
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;
  const listening = await listenOnLoopback(server, options.port ?? 0);
  const url = `http://127.0.0.1:${listening.port}`;
  return {
    url,
    kubeconfig: await writeKubeconfig({ folder: options.folder, contextName: identity.contextName, url }),
    holdNext: holds.holdNext,
    calls: () => calls,
    connections: () => promisify(server.getConnections.bind(server))(),
    stop: async () => {
      holds.dropAll();
      await Promise.all([listening.stop(), upstream.destroy()]);
    },
  };
}

function createUpstream({ server, ca, cert, key }: KubeIdentity): Pool {
  return new Pool(server, { pipelining: 1, headersTimeout: 0, bodyTimeout: 0, connect: { ca, cert, key } });
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  upstream: Pool;
  identity: KubeIdentity;
  holds: ReturnType<typeof createHolds>;
  call: ProxiedCall;
}

async function serve(exchange: Exchange): Promise<void> {
  const { request, response, holds, call } = exchange;
  const body = await readBody(request);
  const seen = { method: call.method, path: call.path, body: body.toString('utf8') };
  const hold = holds.take(seen);
  if (hold?.match.when === 'before') {
    hold.caught(seen);
    if (!(await mayGoOn(hold, response))) return;
  }
  const clientGone = new AbortController();
  // A call that is to be held `after` must happen, even when its client dies before.
  if (hold === undefined) response.once('close', () => clientGone.abort());
  const answer = await forward(exchange, body, clientGone.signal);
  call.status = answer.statusCode;
  if (hold?.match.when === 'after') {
    // The whole answer is fetched first: what is held has happened.
    const text = await answer.body.bytes();
    hold.caught(seen);
    if (!(await mayGoOn(hold, response))) return;
    response.writeHead(answer.statusCode, withoutHopByHop(answer.headers));
    response.end(text);
    return;
  }
  response.writeHead(answer.statusCode, withoutHopByHop(answer.headers));
  response.flushHeaders();
  await pipeline(answer.body, response);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** False when the call ends here; a client that is gone by now cannot be asked for anything, nor answered. */
async function mayGoOn(hold: PendingHold, response: ServerResponse): Promise<boolean> {
  const verdict = await hold.verdict;
  if (verdict === 'release' && !response.destroyed) return true;
  response.destroy();
  return false;
}

function forward({ request, upstream, identity, call }: Exchange, body: Buffer, signal: AbortSignal) {
  // The identity is the proxy's, whoever calls.
  const own = {
    host: undefined,
    authorization: identity.token === undefined ? undefined : `Bearer ${identity.token}`,
  };
  return upstream.request({
    // `undici` knows the methods as a closed list; the wire knows any word.
    method: methodOf(call.method),
    path: call.path,
    headers: withoutHopByHop({ ...request.headers, ...own }),
    body: body.length > 0 ? body : null,
    signal,
  });
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

function methodOf(text: string): Dispatcher.HttpMethod {
  const known = METHODS.find((method) => method === text);
  if (known === undefined) throw new Error(`the proxy does not know the method ${text}`);
  return known;
}

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'expect',
  'content-length',
]);

type Headers = Readonly<Record<string, string | string[] | undefined>>;

function withoutHopByHop(headers: Headers): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name));
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

interface KubeconfigTarget {
  folder: string;
  contextName: string;
  url: string;
}

async function writeKubeconfig({ folder, contextName, url }: KubeconfigTarget): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, `hold-proxy-${new URL(url).port}.kubeconfig`);
  const text = stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': contextName,
    contexts: [{ name: contextName, context: { cluster: contextName, user: 'hold-proxy' } }],
    // The official client refuses plain HTTP without it; there is no certificate to verify here.
    clusters: [{ name: contextName, cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'hold-proxy', user: {} }],
  });
  await writeFile(file, text, { mode: 0o600 });
  return file;
}
