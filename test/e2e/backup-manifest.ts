import { SCRIPT_ANNOTATION } from '../../dev/node-agent/pod-script.js';

/** What the pods of a Backup do, one entry per attempt; see dev/node-agent/pod-script.ts. */
export type PodScript = readonly object[];

/** A pod that fails after its manager has said so in the Backup. */
export const FAILING_POD = { kind: 'scripted', exitCode: 1, crWrites: ['Prepare', 'Failed'] };
/** A pod that fails without a word. */
export const SILENTLY_FAILING_POD = { kind: 'scripted', exitCode: 1 };
export const SUCCEEDING_POD = { kind: 'scripted', crWrites: ['Prepare', 'Running', 'Complete'] };
/** A pod that says it runs, and goes on for longer than any test. */
export const ENDLESS_POD = { kind: 'scripted', afterMs: 600_000, crWrites: ['Prepare', 'Running'] };

/** A TidbCluster and a Secret that every Backup here may use. */
export const TIDB_CLUSTER = 'basic';
export const S3_SECRET = 's3-secret';

export interface BackupWish {
  readonly name: string;
  readonly script: PodScript;
  /** Default: five retries from one second, within two hours. `null`: none. */
  readonly policy?: object | null;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Merged into the spec. */
  readonly spec?: object;
}

const POLICY = { maxRetryTimes: 5, retryTimeout: '2h', minRetryDuration: '1s' };

export function backupManifest(wish: BackupWish): object {
  const { name, script, policy = POLICY, annotations, labels, spec } = wish;
  return {
    apiVersion: 'pingcap.com/v1alpha1',
    kind: 'Backup',
    metadata: {
      name,
      ...(labels !== undefined && { labels }),
      annotations: { [SCRIPT_ANNOTATION]: JSON.stringify(script), ...annotations },
    },
    spec: {
      backupMode: 'log',
      ...(policy !== null && { backoffRetryPolicy: policy }),
      br: { cluster: TIDB_CLUSTER },
      s3: {
        provider: 'aws',
        bucket: 'backups',
        prefix: name,
        secretName: S3_SECRET,
        endpoint: 'http://127.0.0.1:9000',
      },
      ...spec,
    },
  };
}

export function tidbClusterManifest(name: string): object {
  return {
    apiVersion: 'pingcap.com/v1alpha1',
    kind: 'TidbCluster',
    metadata: { name },
    spec: { version: 'v8.5.2', tikv: { baseImage: 'pingcap/tikv', replicas: 0 } },
  };
}

export function s3SecretManifest(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    stringData: { access_key: 'orders', secret_key: 'not-a-secret' },
  };
}
