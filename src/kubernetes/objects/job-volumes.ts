import type { LogJobSpec } from '../../domain/backup/log-job-spec.js';

/** A volume together with where the main container sees it. */
interface MountedVolume {
  readonly volume: NamedBlock;
  readonly mount: NamedBlock;
}

/** A block of the pod spec of which only the name matters here. */
interface NamedBlock {
  readonly name: string;
  readonly [key: string]: unknown;
}

/** Where TiDB Operator's images expect BR. */
export const BR_FOLDER = '/var/lib/br-bin';
export const BR_MOUNT = { name: 'br-bin', mountPath: BR_FOLDER };

export interface TlsNeeds {
  readonly cluster: string;
  /** The components of the cluster speak TLS with each other. */
  readonly clusterTls: boolean;
  /** Connections to TiDB itself need a client certificate. */
  readonly clientTls: boolean;
}

/** Volumes of the pod and mounts of its main container, in TiDB Operator's order. */
export function jobVolumes(spec: LogJobSpec, tls: TlsNeeds): { volumes: NamedBlock[]; mounts: NamedBlock[] } {
  const mounted: MountedVolume[] = [
    ...(tls.clusterTls ? [secretVolume('cluster-client-tls', `${tls.cluster}-cluster-client-secret`)] : []),
    ...(tls.clientTls ? [secretVolume('tidb-client-tls', tidbClientSecret(spec, tls.cluster))] : []),
    { volume: { name: BR_MOUNT.name, emptyDir: {} }, mount: BR_MOUNT },
  ];
  const own = [spec.local, spec.automountServiceAccountToken === false ? apiAccess : undefined];
  return {
    volumes: [
      ...mounted.map(({ volume }) => volume),
      ...(spec.additionalVolumes ?? []),
      ...own.flatMap((entry) => (entry == null ? [] : [entry.volume])),
    ],
    mounts: [
      ...mounted.map(({ mount }) => mount),
      ...(spec.additionalVolumeMounts ?? []),
      ...own.flatMap((entry) => (entry == null ? [] : [entry.volumeMount])),
    ],
  };
}

function secretVolume(name: string, secretName: string): MountedVolume {
  return {
    volume: { name, secret: { secretName } },
    mount: { name, readOnly: true, mountPath: `/var/lib/${name}` },
  };
}

function tidbClientSecret({ from }: LogJobSpec, cluster: string): string {
  const own = from?.tlsClientSecretName ?? '';
  return own === '' ? `${cluster}-tidb-client-secret` : own;
}

/** What Kubernetes would mount by itself: only the main container gets it where automounting is switched off. */
const apiAccess = {
  volume: {
    name: 'kube-api-access',
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  },
  volumeMount: {
    name: 'kube-api-access',
    readOnly: true,
    mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
  },
};
