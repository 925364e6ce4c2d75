import type { LogJobSpec } from '../../domain/backup/log-job-spec.js';
import type { TidbCluster } from '../../domain/backup/tidb-cluster.js';
import { tikvVersionOf } from '../../domain/backup/tikv-version.js';
import { selectStorage } from '../../domain/storage-location.js';
import { secretEnv, withOverrides, type EnvVar } from './env-var.js';
import { BR_FOLDER, BR_MOUNT, jobVolumes, type TlsNeeds } from './job-volumes.js';
import { storageEnv } from './storage-env.js';

export interface BrImages {
  readonly backupManager: string;
  /** Overrides `pingcap/br:<TiKV tag>`; the custom resource's own toolImage overrides this. */
  readonly br?: string;
}

export interface BrPodInput {
  readonly spec: LogJobSpec;
  readonly cluster: TidbCluster;
  readonly images: BrImages;
  /** The one that runs the backup manager, which runs BR. */
  readonly container: { readonly name: string; readonly args: readonly string[] };
}

/** The pod in which the backup manager runs BR; an init container brings BR itself. */
export function brPodSpec({ spec, cluster, images, container }: BrPodInput) {
  const manager = { image: images.backupManager, container, tls: tlsNeeds(spec, cluster) };
  return {
    ...managerPodSpec(spec, manager),
    initContainers: [
      {
        name: 'br',
        image: brImage(spec, { cluster, images }),
        imagePullPolicy: 'IfNotPresent',
        command: ['/bin/sh', '-c'],
        args: [`cp /br ${BR_FOLDER}/br; echo 'BR copy finished'`],
        volumeMounts: [BR_MOUNT],
        ...resourcesOf(spec),
      },
    ],
  };
}

export interface ManagerPodInput extends Pick<BrPodInput, 'container'> {
  readonly image: string;
  readonly tls: TlsNeeds;
}

/** The pod of the backup manager alone, with the credentials, the rights and the place that BR's pod has. */
export function managerPodSpec(spec: LogJobSpec, { image, container, tls }: ManagerPodInput) {
  const { volumes, mounts } = jobVolumes(spec, tls);
  return {
    serviceAccountName: orDefault(spec.serviceAccount, 'tidb-backup-manager'),
    restartPolicy: 'Never',
    containers: [
      {
        name: container.name,
        image,
        imagePullPolicy: 'IfNotPresent',
        args: [...container.args],
        env: environment(spec),
        volumeMounts: mounts,
        ...resourcesOf(spec),
      },
    ],
    volumes,
    ...schedulingOf(spec),
  };
}

function resourcesOf({ resources }: LogJobSpec) {
  return resources == null ? {} : { resources };
}

/** `--tikvVersion`, where the image of TiKV says it. */
export function versionArgument(cluster: TidbCluster): string[] {
  const tikvVersion = tikvVersionOf(cluster);
  return tikvVersion === undefined ? [] : [`--tikvVersion=${tikvVersion}`];
}

export function tlsArguments(spec: LogJobSpec, cluster: TidbCluster): string[] {
  const { clusterTls, clientTls } = tlsNeeds(spec, cluster);
  const skipsClientCa = clientTls && cluster.spec.tidb?.tlsClient?.skipInternalClientCA === true;
  return [
    ...(clusterTls ? ['--cluster-tls=true'] : []),
    ...(clientTls ? ['--client-tls=true'] : []),
    ...(skipsClientCa ? ['--skipClientCA=true'] : []),
  ];
}

/** What people may say about where and how the pod runs, passed on as it is. */
function schedulingOf(spec: LogJobSpec) {
  return {
    ...(spec.podSecurityContext != null && { securityContext: spec.podSecurityContext }),
    ...(spec.tolerations != null && { tolerations: spec.tolerations }),
    ...(spec.imagePullSecrets != null && { imagePullSecrets: spec.imagePullSecrets }),
    ...(spec.affinity != null && { affinity: spec.affinity }),
    ...(spec.priorityClassName !== undefined && { priorityClassName: spec.priorityClassName }),
    ...(spec.automountServiceAccountToken !== undefined && {
      automountServiceAccountToken: spec.automountServiceAccountToken,
    }),
  };
}

function tlsNeeds(spec: LogJobSpec, { spec: cluster }: TidbCluster): TlsNeeds {
  return {
    cluster: spec.br.cluster,
    clusterTls: cluster.tlsCluster?.enabled === true,
    clientTls: spec.from != null && cluster.tidb?.tlsClient?.enabled === true,
  };
}

/** A toolImage without a tag gets TiKV's. */
function brImage(
  { toolImage = '' }: LogJobSpec,
  { cluster, images }: Pick<BrPodInput, 'cluster' | 'images'>,
): string {
  const tag = tikvVersionOf(cluster) ?? 'latest';
  if (toolImage !== '') return toolImage.includes(':') ? toolImage : `${toolImage}:${tag}`;
  return images.br ?? `pingcap/br:${tag}`;
}

function environment(spec: LogJobSpec): EnvVar[] {
  const storage = selectStorage(spec);
  const useKms = spec.useKMS === true;
  const variables = [
    ...(spec.from == null ? [] : [passwordEnv(spec.from.secretName, useKms)]),
    ...(storage === undefined ? [] : storageEnv(storage, useKms)),
    // BR logs to the terminal, and so to the pod's log, when this is set to anything.
    { name: 'BR_LOG_TO_TERM', value: '\u0001' },
  ];
  return withOverrides(variables, spec.env ?? []);
}

function passwordEnv(secretName: string, useKms: boolean): EnvVar {
  const name = 'BACKUP_MANAGER_PASSWORD';
  return secretEnv(useKms ? `KMS_ENCRYPTED_${name}` : name, { name: secretName, key: 'password' });
}

function orDefault(value: string | undefined, fallback: string): string {
  return value === undefined || value === '' ? fallback : value;
}
