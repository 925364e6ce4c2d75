import { createServer } from 'node:https';
import { createAuthority, createServerCertificate } from '../../dev/stack/certificates.js';
import { listenOnLoopback } from '../../dev/node-agent/loopback-server.js';
import type { ResourceType } from '../../src/kubernetes/resources.js';
import type { ApiServer } from '../kubernetes/api-server.js';

const NODES: ResourceType = { group: '', version: 'v1', plural: 'nodes', kind: 'Node' };

/** A node with nothing but a kubelet's log port. */
export interface FakeKubelet {
  readonly node: string;
  /** What it answers for every log; `undefined`: it never answers. */
  log: string | undefined;
  stop(): Promise<void>;
}

export async function startFakeKubelet(server: ApiServer, node: string): Promise<FakeKubelet> {
  const { certificate, privateKey } = await createServerCertificate(await createAuthority());
  const https = createServer({ cert: certificate, key: privateKey }, (_request, response) => {
    if (kubelet.log !== undefined) response.end(kubelet.log);
  });
  const { port, stop } = await listenOnLoopback(https, 0);
  const kubelet: FakeKubelet = { node, log: '', stop };
  const reference = { resource: NODES, name: node };
  await server.admin.create(NODES, undefined, { apiVersion: 'v1', kind: 'Node', metadata: { name: node } });
  await server.writeStatus(reference, {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  });
  return kubelet;
}
