import { TidbCluster } from '../../../src/domain/backup/tidb-cluster.js';

/** What the tests of all Jobs that run BR begin with. */

export const images = { backupManager: 'holdfast.dev/holdfast-backup-manager:0.1.0' };

export function clusterWith(spec: object = {}): TidbCluster {
  return TidbCluster.parse({
    metadata: { name: 'basic', namespace: 'prod' },
    spec: { version: 'v8.5.1', tikv: { baseImage: 'pingcap/tikv' }, ...spec },
  });
}

export const secretKey = (name: string, key: string) => ({ valueFrom: { secretKeyRef: { name, key } } });
export const toTerminal = { name: 'BR_LOG_TO_TERM', value: '\u0001' };

interface BrJob {
  readonly name: string;
  readonly owner: { readonly kind: 'Backup' | 'Restore'; readonly uid: string };
  readonly labels: object;
  readonly container: { readonly name: string; readonly args: readonly string[]; readonly env: object[] };
  /** Volumes and their mounts, besides BR's own. */
  readonly mounts?: object[];
  readonly volumes?: object[];
  /** Whatever else the pod's spec says. */
  readonly pod?: object;
}

/** The Job of `prod/orders` that says nothing about its pod but what it runs. */
export function brJob({ name, owner, labels, container, mounts = [], volumes = [], pod = {} }: BrJob) {
  const brMount = { name: 'br-bin', mountPath: '/var/lib/br-bin' };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace: 'prod',
      labels,
      annotations: {},
      ownerReferences: [
        {
          apiVersion: 'pingcap.com/v1alpha1',
          kind: owner.kind,
          name: 'orders',
          uid: owner.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      backoffLimit: 0,
      template: {
        metadata: { labels, annotations: {} },
        spec: {
          serviceAccountName: 'tidb-backup-manager',
          restartPolicy: 'Never',
          initContainers: [
            {
              name: 'br',
              image: 'pingcap/br:v8.5.1',
              imagePullPolicy: 'IfNotPresent',
              command: ['/bin/sh', '-c'],
              args: ["cp /br /var/lib/br-bin/br; echo 'BR copy finished'"],
              volumeMounts: [brMount],
            },
          ],
          containers: [
            {
              name: container.name,
              image: images.backupManager,
              imagePullPolicy: 'IfNotPresent',
              args: container.args,
              env: container.env,
              volumeMounts: [brMount, ...mounts],
            },
          ],
          volumes: [{ name: 'br-bin', emptyDir: {} }, ...volumes],
          ...pod,
        },
      },
    },
  };
}
