import { createConnection } from 'node:net';
import { once } from 'node:events';
import { z } from 'zod';
import { mergePatch } from '../../dev/node-agent/kube-client.js';
import { TIDB_CLUSTER } from '../e2e/backup-manifest.js';
import { TIDB_CLUSTERS, type HoldfastWorld } from '../e2e/holdfast-world.js';
import { waitFor } from '../e2e/wait-for.js';
import { PEER_ADDRESS, type PeerFiles } from './peer-files.js';

/** Name of the operator in the process group and of its user, which is what the audit log shows. */
export const OPERATOR = 'tidb-operator';
const NAMESPACE = 'tidb-admin';
const DEPLOYMENTS = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;

/** Its Lease is free soon after its holder was killed. */
const QUICK_ELECTION = [
  '-leader-lease-duration=3s',
  '-leader-renew-deadline=2s',
  '-leader-retry-period=500ms',
];

/** `-selector` that our documentation asks for. */
export const HIDING_SELECTOR = '-selector=holdfast.dev/managed!=true';

/**
 * Starts the real TiDB Operator with administrator's rights and its own user, with the Deployment that it would have
 * (no replicas: the process is ours), and waits until it has called the TidbCluster ready.
 * @throws Error when it does not start, for example because another copy holds its port
 */
export async function startTidbOperator(
  world: HoldfastWorld,
  { files, args }: { files: PeerFiles; args: readonly string[] },
): Promise<void> {
  const { group, controlPlane } = world.stack;
  if (await listens())
    throw new Error(`something else listens on ${PEER_ADDRESS}, the operator's only address`);
  const flags = [...QUICK_ELECTION, ...args];
  await world.call({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: NAMESPACE } } });
  await world.call({ method: 'POST', path: DEPLOYMENTS, body: operatorDeployment(flags) });
  await world.call({
    method: 'PATCH',
    path: `${TIDB_CLUSTERS}/${TIDB_CLUSTER}`,
    // It has no TiKV to look after, and is ready at once.
    body: { spec: { paused: true, tikv: { requests: { storage: '1Gi' } } } },
    contentType: mergePatch,
  });
  const kubeconfig = await controlPlane.kubeconfigFor({ user: OPERATOR, groups: ['system:masters'] });
  await group.start({
    name: OPERATOR,
    command: files.binary,
    args: flags,
    env: { NAMESPACE, KUBECONFIG: kubeconfig, AWS_EC2_METADATA_DISABLED: 'true' },
    ready: listens,
  });
  await waitFor('the operator calls the TidbCluster ready', () => isClusterReady(world), 60_000);
}

function operatorDeployment(flags: readonly string[]): object {
  const labels = { app: 'tidb-controller-manager' };
  const command = ['/usr/local/bin/tidb-controller-manager', ...flags];
  const containers = [{ name: 'tidb-operator', image: 'pingcap/tidb-operator', command }];
  return {
    metadata: { name: 'tidb-controller-manager' },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  };
}

async function listens(): Promise<boolean> {
  const [host, port = ''] = PEER_ADDRESS.split(':');
  const socket = createConnection({ host, port: Number(port) });
  try {
    await once(socket, 'connect');
    return true;
  } catch (failure) {
    if (failure instanceof Error && 'code' in failure && failure.code === 'ECONNREFUSED') return false;
    throw failure;
  } finally {
    socket.destroy();
  }
}

const Cluster = z.looseObject({
  status: z.looseObject({ conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })) }),
});

async function isClusterReady(world: HoldfastWorld): Promise<boolean> {
  const cluster = Cluster.parse(
    await world.call({ method: 'GET', path: `${TIDB_CLUSTERS}/${TIDB_CLUSTER}` }),
  );
  return cluster.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
