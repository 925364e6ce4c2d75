import type https from 'node:https';
import { delimiter } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { Agent } from 'undici';
import type { ApiAttempt } from './api-attempt.js';
import { createTurns, type RateLimit, type Turn } from './rate-limit.js';

/** Where the API server is, under which name, and how each request proves who we are. */
export interface KubernetesConnection {
  /** Name of the kubeconfig context, `undefined` in a pod. */
  readonly contextName: string | undefined;
  readonly serverUrl: string;
  /** Namespace of the context, `default` where it names none. */
  readonly namespace: string;
  /**
   * Headers (tokens rotate, and are kept for a minute) and the pooled dispatcher for the current certificates.
   * @param options `fresh`: from the kubeconfig and its files as they are now
   */
  credentials(options?: {
    readonly fresh?: boolean;
  }): Promise<{ headers: Record<string, string>; dispatcher: Agent }>;
  /** Comes before each request and each watch: the share of this process. */
  readonly turn: Turn;
  /** Told of every request. */
  readonly onAttempt?: (attempt: ApiAttempt) => void;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  /** Path of a kubeconfig, or several as KUBECONFIG separates them; absent: in-cluster where a service account is mounted, else the user's default. */
  readonly kubeconfig?: string | undefined;
  /** Context to use instead of the current one. */
  readonly context?: string | undefined;
  /** Absent: as many requests as there are. */
  readonly limit?: RateLimit | undefined;
}

/** How long a connection is kept without a request; the API server closes idle ones after 90 s. */
const KEEP_ALIVE_MS = 60_000;

/** client-node's answer to "nothing is configured": http://localhost:8080, which nobody means. */
const CLIENT_NODE_FALLBACK = 'loaded-context';

/** @throws Error naming the file or the context that cannot be used, and what exists. */
export function loadConnection(options: ConnectionOptions): KubernetesConnection {
  let config = readConfig(options);
  const cluster = config.getCurrentCluster();
  if (cluster === null || config.getCurrentContext() === CLIENT_NODE_FALLBACK) {
    throw new Error('no Kubernetes cluster is configured: set KUBECONFIG, or run inside a cluster');
  }
  const context = config.getContextObject(config.getCurrentContext());
  const inCluster = options.kubeconfig === undefined && context?.name === 'inClusterContext';
  const pool = pooledDispatchers();
  return {
    contextName: inCluster ? undefined : context?.name,
    serverUrl: cluster.server,
    namespace: context?.namespace ?? 'default',
    credentials: async ({ fresh = false } = {}) => {
      if (fresh) config = readAgain(options) ?? config;
      const tls: https.RequestOptions = {};
      await config.applyToHTTPSOptions(tls);
      return { headers: stringHeaders(tls.headers), dispatcher: pool.dispatcherFor(tls) };
    },
    turn: options.limit === undefined ? noWait : createTurns(options.limit),
    close: () => pool.close(),
  };
}

function readConfig({ kubeconfig, context }: ConnectionOptions): KubeConfig {
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else loadFiles(config, kubeconfig);
  if (context !== undefined) useContext(config, context);
  return config;
}

/** `undefined` while the file is being replaced: what was read before goes on. */
function readAgain(options: ConnectionOptions): KubeConfig | undefined {
  try {
    return readConfig(options);
  } catch {
    return undefined;
  }
}

const noWait: Turn = () => Promise.resolve();

/** KUBECONFIG may name several files, as kubectl reads them: the first one wins. */
function loadFiles(config: KubeConfig, files: string): void {
  const [first = '', ...others] = files.split(delimiter).filter((file) => file !== '');
  config.loadFromFile(first);
  for (const file of others) {
    const more = new KubeConfig();
    more.loadFromFile(file);
    config.mergeConfig(more, true);
  }
}

function useContext(config: KubeConfig, context: string): void {
  if (config.getContextObject(context) === null) {
    const known = config.getContexts().map((entry) => entry.name);
    throw new Error(`kubeconfig has no context '${context}': it has ${known.join(', ') || 'none'}`);
  }
  config.setCurrentContext(context);
}

function stringHeaders(headers: https.RequestOptions['headers']): Record<string, string> {
  const entries = Object.entries(headers ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries);
}

/** One connection pool per set of certificates: a rotated certificate gets a new pool, the old one drains. */
function pooledDispatchers() {
  let current: { key: string; agent: Agent } | undefined;
  return {
    dispatcherFor(tls: https.RequestOptions): Agent {
      const key = [tls.ca, tls.cert, tls.key, tls.servername].map(String).join('\n');
      if (current?.key !== key) {
        void current?.agent.close();
        current = { key, agent: newAgent(tls) };
      }
      return current.agent;
    },
    async close(): Promise<void> {
      await current?.agent.destroy();
      current = undefined;
    },
  };
}

function newAgent(tls: https.RequestOptions): Agent {
  const { ca, cert, key, servername, rejectUnauthorized } = tls;
  const material = { ca, cert, key, servername, rejectUnauthorized };
  const connect = Object.fromEntries(Object.entries(material).filter(([, value]) => value !== undefined));
  // A watch holds its connection open for minutes, so nothing here bounds a body; each call sets its own deadline.
  return new Agent({
    connect: { ...connect, timeout: 5_000 },
    // More than activities and watches can hold at once: a wait for a connection would count as no answer.
    connections: 256,
    pipelining: 1,
    // A handshake costs both sides more than many requests do; undici would hang up after 4 s without one.
    keepAliveTimeout: KEEP_ALIVE_MS,
    bodyTimeout: 0,
    headersTimeout: 0,
  });
}
