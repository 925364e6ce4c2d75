/** Where all scenes play. */
export const NAMESPACE = 'default';
export const CLUSTER = 'basic';

const SECRET = 's3-secret';

export const metadata = (name: string) => ({ name, namespace: NAMESPACE });

/** What Backups and Restores refer to: a cluster, and the keys of its storage. */
export const PREREQUISITES: readonly object[] = [
  {
    apiVersion: 'pingcap.com/v1alpha1',
    kind: 'TidbCluster',
    metadata: metadata(CLUSTER),
    spec: { version: 'v8.5.2', tikv: { baseImage: 'pingcap/tikv', replicas: 0 } },
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata(SECRET),
    stringData: { access_key: 'demo', secret_key: 'no-real-key' },
  },
];

/** A place in the storage; nothing listens there, and nothing is moved. */
export function storageAt(prefix: string) {
  return {
    provider: 'aws',
    bucket: 'backups',
    prefix,
    secretName: SECRET,
    endpoint: 'http://127.0.0.1:9000',
  };
}
