import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { listenOnLoopback } from '../node-agent/loopback-server.js';
import { createKubernetesApi, type KubernetesApi } from '../../src/kubernetes/api.js';
import { loadConnection } from '../../src/kubernetes/connection.js';
import type { RateLimit } from '../../src/kubernetes/rate-limit.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTP server that answers as the test says, in place of an API server or of a proxy before one. */
export interface ScriptedServer {
  readonly api: KubernetesApi;
  /** Private; removed at the end. */
  readonly folder: string;
  answerWith(answer: Answer): void;
  /** Ends the server, and keeps the port's address in use by the API gateway. */
  refuseConnections(): Promise<void>;
  stop(): Promise<void>;
}

export async function startScriptedServer(
  user: (folder: string) => object = () => ({}),
  limit?: RateLimit,
): Promise<ScriptedServer> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-scripted-server-'));
  let answer: Answer = (_request, response) => void response.writeHead(500).end();
  const server = createServer((request, response) => answer(request, response));
  const listening = await listenOnLoopback(server, 0);
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigFor(`http://127.0.0.1:${listening.port}`, user(folder)));
  const connection = loadConnection({ kubeconfig, limit });
  let stopped: Promise<void> | undefined;
  const stopServer = () => (stopped ??= listening.stop());
  const scripted: ScriptedServer = {
    api: createKubernetesApi(connection),
    folder,
    answerWith: (next) => (answer = next),
    refuseConnections: stopServer,
    stop: async () => {
      await connection.close();
      await stopServer();
      await rm(folder, { recursive: true });
    },
  };
  return scripted;
}

function kubeconfigFor(server: string, user: object): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'scripted',
    contexts: [{ name: 'scripted', context: { cluster: 'scripted', user: 'worker' } }],
    // The official client refuses plain HTTP without it; there is no certificate to verify here.
    clusters: [{ name: 'scripted', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'worker', user }],
  });
}
