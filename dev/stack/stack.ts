import { ensureBinaries } from '../binaries/ensure-binaries.js';
import type { Progress } from '../binaries/binary-sources.js';
import { startLocalMonitoring, type LocalMonitoringOptions } from '../monitoring/local-monitoring.js';
import type { Monitoring } from '../monitoring/start-monitoring.js';
import { createProcessGroup, type ProcessGroup } from '../processes/process-group.js';
import { startDrillServers, type DrillServers } from './drill-servers.js';
import { startControlPlane, type ControlPlane, type ControlPlaneOptions } from './control-plane.js';
import { installBackupNamespace, installHoldfast, installStressRights } from './install.js';
import { startNodeAgentProcess } from './node-agent.js';
import { startTemporal, type TemporalServer } from './temporal.js';

export interface StackOptions {
  /** Default: a new private one, which ends with this process. */
  group?: ProcessGroup;
  /** Name of the Kubernetes cluster and of the worker's context. Default: holdfast-dev. */
  cluster?: string;
  /** Namespaces prepared for Backups. Default: only `default`. */
  backupNamespaces?: readonly string[];
  /** Default: true. */
  withTemporal?: boolean;
  /** Default: true. */
  withNodeAgent?: boolean;
  /** An S3 server and a MariaDB as well. Default: false. */
  withDrill?: boolean;
  /** A Prometheus and an Alertmanager as well. Default: none. */
  monitoring?: Omit<LocalMonitoringOptions, 'progress'>;
  controlPlane?: Omit<ControlPlaneOptions, 'contextName' | 'progress'>;
  /** File or folder of the CRDs. Default: deploy/crds. */
  crds?: string;
  progress?: Progress;
}

export interface Stack {
  folder: string;
  group: ProcessGroup;
  controlPlane: ControlPlane;
  temporal: TemporalServer | undefined;
  /** Only with `withDrill`. */
  drill: DrillServers | undefined;
  /** Only with `monitoring`. */
  monitoring: Monitoring | undefined;
  /** Control API of the node agent (faults on demand). */
  nodeAgentUrl: string | undefined;
  /**
   * What the product reads: KUBECONFIG, HOLDFAST_KUBE_CONTEXT, HOLDFAST_CLUSTER, TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE,
   * HOLDFAST_TEMPORAL_UI; with `withDrill` also what DrillServers names, with `monitoring` HOLDFAST_DEV_PROMETHEUS,
   * HOLDFAST_DEV_ALERTMANAGER and HOLDFAST_DEV_NOTIFICATIONS.
   * That kubeconfig has two contexts: `<cluster>`, the worker with the rights of deploy/rbac and deploy/stress and no more, which
   * HOLDFAST_KUBE_CONTEXT names; and `<cluster>-admin`, the current one, which is what a person's kubectl uses.
   */
  env: Record<string, string>;
  /** Ends all servers and removes the folder. */
  stop(): Promise<void>;
}

/**
 * Starts a whole local Holdfast environment, without the worker: control plane with CRDs and rights, Temporal, node
 * agent. Everything listens on free loopback ports and ends with this process at the latest.
 * @throws Error with the end of the log of the server that did not start; nothing runs then
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const progress = options.progress ?? (() => undefined);
  const withTemporal = options.withTemporal ?? true;
  const names = ['kubectl', 'etcd', 'kube-apiserver', 'kube-controller-manager'] as const;
  await ensureBinaries(withTemporal ? [...names, 'temporal'] : names, { progress });
  const group = options.group ?? (await createProcessGroup());
  try {
    const [temporal, kubernetes, drill, monitoring] = await Promise.all([
      withTemporal ? startTemporal(group, { progress }) : undefined,
      startKubernetes(group, options),
      options.withDrill === true ? startDrillServers(group, { progress }) : undefined,
      options.monitoring && startLocalMonitoring(group, { ...options.monitoring, progress }),
    ]);
    const env = {
      ...kubernetes.env,
      ...(temporal && {
        TEMPORAL_ADDRESS: temporal.address,
        TEMPORAL_NAMESPACE: temporal.namespace,
        HOLDFAST_TEMPORAL_UI: temporal.uiUrl,
      }),
      ...drill?.env,
      ...(monitoring && {
        HOLDFAST_DEV_PROMETHEUS: monitoring.prometheus.url,
        HOLDFAST_DEV_ALERTMANAGER: monitoring.alertmanager.url,
        HOLDFAST_DEV_NOTIFICATIONS: monitoring.receiver.url,
      }),
    };
    const stop = async (): Promise<void> => {
      await monitoring?.stop();
      await group.stop();
    };
    return { folder: group.folder, group, ...kubernetes, temporal, drill, monitoring, env, stop };
  } catch (failure) {
    await group.stop();
    throw failure;
  }
}

async function startKubernetes(
  group: ProcessGroup,
  options: StackOptions,
): Promise<Pick<Stack, 'controlPlane' | 'nodeAgentUrl' | 'env'>> {
  const progress = options.progress ?? (() => undefined);
  const cluster = options.cluster ?? 'holdfast-dev';
  const controlPlane = await startControlPlane(group, {
    ...options.controlPlane,
    contextName: cluster,
    progress,
  });
  progress('installing CRDs and rights, starting the node agent');
  const [nodeAgentUrl] = await Promise.all([
    (options.withNodeAgent ?? true) ? startNodeAgentProcess(group, controlPlane) : undefined,
    installAll(controlPlane, options),
  ]);
  const env = {
    KUBECONFIG: controlPlane.stackKubeconfig,
    HOLDFAST_KUBE_CONTEXT: cluster,
    HOLDFAST_CLUSTER: cluster,
  };
  return { controlPlane, nodeAgentUrl, env };
}

async function installAll(
  controlPlane: ControlPlane,
  { crds, backupNamespaces: namespaces = ['default'] }: StackOptions,
): Promise<void> {
  await installHoldfast(controlPlane, { crds });
  await Promise.all([
    installStressRights(controlPlane),
    ...namespaces.map((namespace) => installBackupNamespace(controlPlane, namespace)),
  ]);
}
