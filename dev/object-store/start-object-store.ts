import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../binaries/binary-sources.js';
import { ensureBinaries } from '../binaries/ensure-binaries.js';
import { freePorts } from '../processes/free-ports.js';
import type { ProcessGroup } from '../processes/process-group.js';
import { createS3Client, type S3Access, type S3Client } from './s3-client.js';

export interface ObjectStore {
  endpoint: string;
  /** Name in the process group, for kill and restart; objects survive both. */
  name: string;
  /** May do everything. */
  admin: S3Client;
  /** May list and read: what a drill needs. */
  readOnly: S3Access;
}

/** weed's parts and their ports; each has a gRPC port as well. */
const parts = ['master', 'volume', 'filer', 's3', 'admin'] as const;

/** Starts a real S3 server (SeaweedFS) on free loopback ports, with the given buckets, an admin and a reader. */
export async function startObjectStore(
  group: ProcessGroup,
  options: { buckets?: readonly string[]; name?: string; progress?: Progress } = {},
): Promise<ObjectStore> {
  const { name = 'object-store', buckets = [] } = options;
  const { weed } = await ensureBinaries(['weed'], options.progress ? { progress: options.progress } : {});
  const folder = join(group.folder, name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const ports = await freePorts(parts.length * 2 + 2);
  const endpoint = `http://127.0.0.1:${ports[parts.indexOf('s3') * 2]}`;
  const [admin, readOnly] = [newAccess(endpoint, 'admin'), newAccess(endpoint, 'reader')];
  const configFile = join(folder, 's3.json');
  await writeFile(configFile, JSON.stringify(identities({ admin, readOnly })), { mode: 0o600 });
  const client = createS3Client(admin);
  const [first = `${name}-ready`, ...others] = buckets;
  await group.start({
    name,
    command: weed,
    args: ['mini', `-dir=${folder}`, `-s3.config=${configFile}`, ...portArgs(ports), ...quietArgs],
    cwd: folder,
    address: endpoint,
    // The S3 port opens before what is behind it: ready is who takes a bucket.
    ready: async () => {
      await client.createBucket(first);
      return true;
    },
    stopGraceMs: 2_000,
  });
  for (const bucket of others) await client.createBucket(bucket);
  return { endpoint, name, admin: client, readOnly };
}

/** Nothing but S3, nothing sent home, no limit by guessing the disk. */
const quietArgs = [
  '-ip=127.0.0.1',
  '-ip.bind=127.0.0.1',
  '-webdav=false',
  '-admin.ui=false',
  '-master.telemetry=false',
  '-volume.max=0',
];

function portArgs(ports: readonly number[]): string[] {
  const own = parts.flatMap((part, index) => [
    `-${part}.port=${ports[index * 2]}`,
    `-${part}.port.grpc=${ports[index * 2 + 1]}`,
  ]);
  const tables = [`-s3.port.iceberg=${ports.at(-2)}`, `-s3.port.lance=${ports.at(-1)}`];
  return [...own, ...tables];
}

function newAccess(endpoint: string, user: string): S3Access {
  const accessKeyId = `${user}${randomBytes(6).toString('hex')}`;
  return { endpoint, region: 'us-east-1', accessKeyId, secretAccessKey: randomBytes(20).toString('hex') };
}

function identities({ admin, readOnly }: { admin: S3Access; readOnly: S3Access }): object {
  const identity = (name: string, access: S3Access, actions: string[]) => ({
    name,
    credentials: [{ accessKey: access.accessKeyId, secretKey: access.secretAccessKey }],
    actions,
  });
  return {
    identities: [
      identity('admin', admin, ['Admin', 'Read', 'Write', 'List', 'Tagging']),
      identity('reader', readOnly, ['Read', 'List']),
    ],
  };
}
