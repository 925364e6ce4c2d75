import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import { Pool } from 'undici';
import { stringify } from 'yaml';
import { readKubeIdentity, type KubeIdentity } from '../node-agent/kube-identity.js';
import { listenOnLoopback } from '../node-agent/loopback-server.js';
import { createHolds, type Hold, type HoldMatch } from './holds.js';
import { createInjections, type Injecting, type Injection } from './injections.js';
import { serveCall, type ProxiedCall } from './serve-call.js';

export interface HoldProxyOptions {
  /** Path of the kubeconfig whose identity speaks to the API server, for whoever calls the proxy. */
  kubeconfig: string;
  /** Where the kubeconfig that points at the proxy is written. */
  folder: string;
  /** Default: a free one. */
  port?: number;
}

export interface HoldProxy {
  url: string;
  /** Path of a kubeconfig for the proxy: the same context name, no credentials. */
  kubeconfig: string;
  /** Holds the next call that fits. */
  holdNext(match: HoldMatch): Hold;
  /** Lets calls fail, or take longer. A call that is held is not injected into. */
  inject(injection: Injection): Injecting;
  /** All calls so far, in the order in which they came in. */
  calls(): readonly ProxiedCall[];
  /** How many connections of clients are open. */
  connections(): Promise<number>;
  /** Closes all connections; calls that are held are dropped. */
  stop(): Promise<void>;
}

/**
 * A proxy in front of a Kubernetes API server that can hold single calls, for tests of crashes: kill the client while
 * its call is held `before` (it never happened) or `after` (it happened and the client does not know); and that can let
 * calls fail. Plain HTTP on loopback; everything else, watches included, passes as it comes. Upgrades (exec,
 * port-forward) are not served.
 */
export async function startHoldProxy(options: HoldProxyOptions): Promise<HoldProxy> {
  const identity = await readKubeIdentity(options.kubeconfig);
  const upstream = createUpstream(identity);
  const holds = createHolds();
  const injections = createInjections();
  const calls: ProxiedCall[] = [];
  const server = createServer((request, response) => {
    const call: ProxiedCall = {
      method: request.method ?? '',
      path: request.url ?? '/',
      status: undefined,
      atMs: Date.now(),
      open: true,
    };
    response.once('close', () => (call.open = false));
    calls.push(call);
    serveCall({ request, response, upstream, identity, holds, injections, call }).catch(
      (failure: unknown) => {
        // Seen by the client as a broken connection, which is what it is.
        response.destroy(failure instanceof Error ? failure : undefined);
      },
    );
  });
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;
  const listening = await listenOnLoopback(server, options.port ?? 0);
  const url = `http://127.0.0.1:${listening.port}`;
  return {
    url,
    kubeconfig: await writeKubeconfig({ folder: options.folder, contextName: identity.contextName, url }),
    holdNext: holds.holdNext,
    inject: injections.inject,
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
