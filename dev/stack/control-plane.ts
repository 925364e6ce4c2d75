import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ensureBinaries } from '../binaries/ensure-binaries.js';
import type { Progress } from '../binaries/binary-sources.js';
import { createClusterFaults, type ClusterFaults } from '../faults/cluster-faults.js';
import { freePorts } from '../processes/free-ports.js';
import type { ProcessGroup } from '../processes/process-group.js';
import { createApiServerClient, type ApiServerClient } from './api-server-client.js';
import {
  createAuthority,
  createClientCertificate,
  createServerCertificate,
  createServiceAccountKeys,
  type ClientIdentity,
  type KeyCertificate,
} from './certificates.js';
import { startEtcd, type Etcd } from './etcd.js';
import { kubeconfigYaml, type KubeconfigContext } from './kubeconfig.js';

export interface ControlPlaneOptions {
  /** Names the cluster and the context in every kubeconfig. Default: holdfast-dev. */
  contextName?: string;
  /** Default: 1. Three members are for faults: a quorum that is lost, a quota (128 MiB) that is used up. */
  etcdMembers?: 1 | 3;
  etcdArgs?: readonly string[];
  apiServerArgs?: readonly string[];
  controllerManagerArgs?: readonly string[];
  progress?: Progress;
}

/** Names in the process group: `kube-apiserver`, `kube-controller-manager` and those in `etcdMembers`. */
export interface ControlPlane {
  url: string;
  /** Private state of this control plane. */
  folder: string;
  contextName: string;
  /** PEM of the authority that signed the API server's certificate. */
  authorityCertificate: string;
  /** Path of a kubeconfig in the group system:masters. */
  adminKubeconfig: string;
  /**
   * Path of a kubeconfig with two contexts: `<contextName>-admin`, the current one, for a person's kubectl; and
   * `<contextName>` for the product, user holdfast-worker, who may do what deploy/rbac says and no more.
   */
  stackKubeconfig: string;
  /** Path of the audit log: one JSON line per write request, with the user, without bodies. */
  auditLog: string;
  etcdMembers: readonly string[];
  faults: ClusterFaults;
  /**
   * Writes a kubeconfig with a new client certificate and returns its path. `server` (default: the API server itself)
   * may name a proxy in front of it. The file is named after user and server.
   */
  kubeconfigFor(identity: ClientIdentity & { server?: string }): Promise<string>;
}

/**
 * Starts etcd, kube-apiserver and kube-controller-manager in the group and waits until all can be used, that is until
 * the controllers have made ServiceAccount `default` in namespace `default`. There is no scheduler and no kubelet.
 * @throws Error with the end of the log of the server that did not start
 */
export async function startControlPlane(
  group: ProcessGroup,
  options: ControlPlaneOptions = {},
): Promise<ControlPlane> {
  const progress = options.progress ?? (() => undefined);
  const names = ['etcd', 'kube-apiserver', 'kube-controller-manager'] as const;
  const binaries = await ensureBinaries(names, { progress });
  const folder = join(group.folder, 'control-plane');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  progress('starting etcd, kube-apiserver and kube-controller-manager');
  const etcd = await startEtcd(group, {
    binary: binaries.etcd,
    folder,
    members: options.etcdMembers ?? 1,
    extraArgs: options.etcdArgs ?? [],
  });
  const parts = await prepare({ folder, contextName: options.contextName ?? 'holdfast-dev' });
  const context: StartContext = { group, etcd, options, ...parts };
  await startApiServer(context, binaries['kube-apiserver']);
  await startControllerManager(context, binaries['kube-controller-manager']);
  const etcdMembers = etcd.memberNames;
  return { ...parts.controlPlane, etcdMembers, faults: createClusterFaults(group, etcdMembers) };
}

interface StartContext extends Prepared {
  group: ProcessGroup;
  etcd: Etcd;
  options: ControlPlaneOptions;
}

interface Prepared {
  port: number;
  api: ApiServerClient;
  controlPlane: Omit<ControlPlane, 'etcdMembers' | 'faults'>;
}

/** Certificates, keys and configuration files; nothing is started here. */
async function prepare(input: { folder: string; contextName: string }): Promise<Prepared> {
  const { folder, contextName } = input;
  const [[port = 0], authority, serviceAccountKeys] = await Promise.all([
    freePorts(1),
    createAuthority(),
    createServiceAccountKeys(),
  ]);
  const url = `https://127.0.0.1:${port}`;
  const [server, admin] = await Promise.all([
    createServerCertificate(authority),
    createClientCertificate(authority, { user: 'holdfast-admin', groups: ['system:masters'] }),
  ]);
  await Promise.all([
    writePrivateFile(join(folder, 'ca.crt'), authority.certificate),
    writePrivateFile(join(folder, 'server.crt'), server.certificate),
    writePrivateFile(join(folder, 'server.key'), server.privateKey),
    writePrivateFile(join(folder, 'service-account.pub'), serviceAccountKeys.publicKey),
    writePrivateFile(join(folder, 'service-account.key'), serviceAccountKeys.privateKey),
    writePrivateFile(join(folder, 'audit-policy.yaml'), stringify(auditPolicy)),
  ]);
  const kubeconfigs = await writeKubeconfigs({ folder, contextName, url, authority, admin });
  const authorityCertificate = authority.certificate;
  return {
    port,
    api: createApiServerClient({ url, authorityCertificate, client: admin }),
    controlPlane: {
      url,
      folder,
      contextName,
      authorityCertificate,
      auditLog: join(folder, 'audit.log'),
      ...kubeconfigs,
    },
  };
}

async function writeKubeconfigs(input: {
  folder: string;
  contextName: string;
  url: string;
  authority: KeyCertificate;
  admin: KeyCertificate;
}): Promise<Pick<ControlPlane, 'adminKubeconfig' | 'stackKubeconfig' | 'kubeconfigFor'>> {
  const { folder, contextName, url, authority } = input;
  const write = (name: string, server: string, contexts: readonly KubeconfigContext[]) => {
    const authorityCertificate = authority.certificate;
    const content = kubeconfigYaml({ cluster: contextName, server, authorityCertificate, contexts });
    return writePrivateFile(join(folder, `${name}.kubeconfig`), content);
  };
  const admin = { user: 'holdfast-admin', client: input.admin };
  const worker = {
    user: 'holdfast-worker',
    client: await createClientCertificate(authority, { user: 'holdfast-worker' }),
  };
  return {
    adminKubeconfig: await write('admin', url, [{ name: contextName, ...admin }]),
    stackKubeconfig: await write('stack', url, [
      { name: `${contextName}-admin`, ...admin },
      { name: contextName, ...worker },
    ]),
    kubeconfigFor: async ({ server = url, ...identity }) => {
      const client = await createClientCertificate(authority, identity);
      const suffix = server === url ? '' : `-${new URL(server).port}`;
      const contexts = [{ name: contextName, user: identity.user, client }];
      return write(`user-${identity.user.replaceAll(':', '-')}${suffix}`, server, contexts);
    },
  };
}

async function writePrivateFile(path: string, content: string): Promise<string> {
  await writeFile(path, content, { mode: 0o600 });
  return path;
}

/** Counts writes per user without keeping what was written. */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'Metadata', verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] },
    { level: 'None' },
  ],
};

/** Started before etcd answers: it waits for it, and most of its start is its own work. */
async function startApiServer(context: StartContext, binary: string): Promise<void> {
  const { group, etcd, options, port, api, controlPlane } = context;
  const { folder, url } = controlPlane;
  const started = group.start({
    name: 'kube-apiserver',
    command: binary,
    args: [
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      `--etcd-servers=${etcd.clientUrls.join(',')}`,
      '--service-cluster-ip-range=10.96.0.0/24',
      '--authorization-mode=RBAC',
      `--client-ca-file=${join(folder, 'ca.crt')}`,
      `--tls-cert-file=${join(folder, 'server.crt')}`,
      `--tls-private-key-file=${join(folder, 'server.key')}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${join(folder, 'service-account.pub')}`,
      `--service-account-signing-key-file=${join(folder, 'service-account.key')}`,
      `--audit-policy-file=${join(folder, 'audit-policy.yaml')}`,
      `--audit-log-path=${controlPlane.auditLog}`,
      ...(options.apiServerArgs ?? []),
    ],
    address: url,
    stopGraceMs: 2_000, // it waits for open watches; what it knows is in etcd
    ready: async () => (await api.status('/readyz')) === 200,
  });
  await Promise.all([etcd.ready, started]);
}

async function startControllerManager(context: StartContext, binary: string): Promise<void> {
  const { group, options, api, controlPlane } = context;
  const { folder, adminKubeconfig } = controlPlane;
  const [port = 0] = await freePorts(1);
  await group.start({
    name: 'kube-controller-manager',
    command: binary,
    args: [
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--kubeconfig=${adminKubeconfig}`,
      `--authentication-kubeconfig=${adminKubeconfig}`,
      `--authorization-kubeconfig=${adminKubeconfig}`,
      '--leader-elect=false',
      '--use-service-account-credentials=true',
      `--service-account-private-key-file=${join(folder, 'service-account.key')}`,
      `--root-ca-file=${join(folder, 'ca.crt')}`,
      '--controllers=*,-node-ipam-controller,-node-route-controller,-service-lb-controller,-cloud-node-lifecycle-controller',
      // Its default limits (20/30) would be the first thing that a storm of failures measures.
      '--kube-api-qps=400',
      '--kube-api-burst=800',
      '--concurrent-job-syncs=20',
      ...(options.controllerManagerArgs ?? []),
    ],
    address: `https://127.0.0.1:${port}`,
    ready: async () => (await api.status('/api/v1/namespaces/default/serviceaccounts/default')) === 200,
  });
}
