import { Client, Connection, type WorkflowExecutionInfo, type WorkflowHandle } from '@temporalio/client';
import { z } from 'zod';
import { READABLE_ETCD } from '../../bench/crash/etcd-watch.js';
import type { StallCounts } from '../../bench/faults/stall-report.js';
import {
  createKubeClient,
  mergePatch,
  type KubeCall,
  type KubeClient,
} from '../../dev/node-agent/kube-client.js';
import { readKubeIdentity } from '../../dev/node-agent/kube-identity.js';
import { startStack, type Stack, type StackOptions } from '../../dev/stack/stack.js';
import { Backup } from '../../src/domain/backup/backup.js';
import { backupWorkflowId } from '../../src/domain/names.js';
import {
  backupManifest,
  S3_SECRET,
  s3SecretManifest,
  TIDB_CLUSTER,
  tidbClusterManifest,
} from './backup-manifest.js';
import type { BackupWish } from './backup-manifest.js';
import { startEtcdJournal, startJournal, type ClusterJournal } from './cluster-journal.js';
import { callPatiently } from './patient-call.js';
import { stallSeed, stallStack } from './stalled-stack.js';

export const NAMESPACE = 'default';
export const BACKUPS = `/apis/pingcap.com/v1alpha1/namespaces/${NAMESPACE}/backups`;
export const TIDB_CLUSTERS = `/apis/pingcap.com/v1alpha1/namespaces/${NAMESPACE}/tidbclusters`;
export const JOBS = `/apis/batch/v1/namespaces/${NAMESPACE}/jobs`;
export const SECRETS = `/api/v1/namespaces/${NAMESPACE}/secrets`;

/** The whole local stack without a worker, with eyes on all of it. */
export interface HoldfastWorld {
  readonly stack: Stack;
  readonly cluster: string;
  /** UID of the namespace kube-system. */
  readonly clusterUid: string;
  readonly journal: ClusterJournal;
  readonly temporal: Client;
  /** Undefined unless this world stalls at random (see stalled-stack.ts). */
  stallCounts(): StallCounts | undefined;
  /** One call with an administrator's rights. */
  call(call: KubeCall): Promise<unknown>;
  createBackup(wish: BackupWish): Promise<Backup>;
  /** A JSON merge patch, as a person's kubectl sends it. */
  patchBackup(name: string, patch: object): Promise<void>;
  /** The workflow of a Backup, its newest run. */
  workflowOf(backup: Backup): WorkflowHandle;
  /** What a visibility query finds, the newest run first; eventually consistent. */
  findWorkflows(query: string): Promise<WorkflowExecutionInfo[]>;
  stop(): Promise<void>;
}

export interface HoldfastWorldOptions extends StackOptions {
  /** Where the journal is read; `etcd` also outlives the API server. Default: watch. */
  readonly journal?: 'watch' | 'etcd';
}

/** Starts the stack, with one TidbCluster and one Secret for the Backups. @throws when a server does not start */
export async function startHoldfastWorld({
  journal: wanted = 'watch',
  ...options
}: HoldfastWorldOptions = {}): Promise<HoldfastWorld> {
  const seed = stallSeed();
  // An API server that has lost etcd for a while begins its watches anew, and cannot go on where they were.
  const journal = seed === undefined ? wanted : 'etcd';
  const stack = await startStack({
    ...options,
    controlPlane: {
      ...options.controlPlane,
      ...(journal === 'etcd' && { apiServerArgs: READABLE_ETCD }),
      ...(seed !== undefined && { etcdMembers: 3 }),
    },
  });
  try {
    const world = await openWorld(stack, journal);
    return seed === undefined ? world : await stallWorld(world, seed);
  } catch (failure) {
    await stack.stop();
    throw failure;
  }
}

async function stallWorld(world: HoldfastWorld, seed: number): Promise<HoldfastWorld> {
  const stalled = await stallStack(world.stack, seed);
  return {
    ...world,
    stack: stalled.stack,
    stallCounts: stalled.counts,
    stop: async () => {
      await stalled.stop();
      await world.stop();
    },
  };
}

async function openWorld(
  stack: Stack,
  journalOf: NonNullable<HoldfastWorldOptions['journal']>,
): Promise<HoldfastWorld> {
  const client = createKubeClient(await readKubeIdentity(stack.controlPlane.adminKubeconfig));
  const journal =
    journalOf === 'etcd' ? startEtcdJournal(etcdOf(stack), NAMESPACE) : await startJournal(client, NAMESPACE);
  const connection = await Connection.connect({ address: stack.env['TEMPORAL_ADDRESS'] ?? '' });
  const temporal = new Client({ connection });
  await client.call({ method: 'POST', path: TIDB_CLUSTERS, body: tidbClusterManifest(TIDB_CLUSTER) });
  await client.call({ method: 'POST', path: SECRETS, body: s3SecretManifest(S3_SECRET) });
  const call = (wanted: KubeCall) => callPatiently(client, wanted);
  return {
    stack,
    stallCounts: () => undefined,
    cluster: stack.env['HOLDFAST_CLUSTER'] ?? '',
    clusterUid: await readClusterUid(client),
    journal,
    temporal,
    call,
    createBackup: async (wish) =>
      Backup.parse(await call({ method: 'POST', path: BACKUPS, body: backupManifest(wish) })),
    patchBackup: async (name, body) => {
      await call({ method: 'PATCH', path: `${BACKUPS}/${name}`, body, contentType: mergePatch });
    },
    workflowOf: ({ metadata }) => temporal.workflow.getHandle(backupWorkflowId(metadata)),
    findWorkflows: async (query) => {
      const found: WorkflowExecutionInfo[] = [];
      for await (const info of temporal.workflow.list({ query })) found.push(info);
      return found;
    },
    stop: async () => {
      journal.stop();
      await connection.close();
      await client.close();
      await stack.stop();
    },
  };
}

function etcdOf({ group }: Stack): string {
  return group.status().find(({ name }) => name === 'etcd')?.address ?? '';
}

const Namespace = z.looseObject({ metadata: z.looseObject({ uid: z.string() }) });

async function readClusterUid(client: KubeClient): Promise<string> {
  const namespace = await client.call({ method: 'GET', path: '/api/v1/namespaces/kube-system' });
  return Namespace.parse(namespace).metadata.uid;
}
