import { randomBytes } from 'node:crypto';
import {
  startObjectStore,
  type ObjectStore as ObjectStoreServer,
} from '../../dev/object-store/start-object-store.js';
import type { S3Access } from '../../dev/object-store/s3-client.js';
import { createProcessGroup, type ProcessGroup } from '../../dev/processes/process-group.js';
import type { StoreLocation } from '../../src/domain/drill/drill-plan.js';
import type { ObjectStore } from '../../src/storage/object-store.js';
import { createS3Store } from '../../src/storage/s3-store.js';

/** A real S3 server with one bucket, and our gateway to it. */
export interface DrillBucket {
  readonly group: ProcessGroup;
  readonly server: ObjectStoreServer;
  readonly bucket: string;
  /** Of an identity that may write; `overrides` for what a test gets wrong on purpose. */
  readonly location: (overrides?: Partial<StoreLocation>) => StoreLocation;
  readonly reader: () => StoreLocation;
  /** Ends with the bucket. */
  readonly open: (location?: StoreLocation) => ObjectStore;
  readonly put: (key: string, content: Uint8Array | string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export async function startDrillBucket(): Promise<DrillBucket> {
  const group = await createProcessGroup();
  try {
    return await bucketIn(group);
  } catch (failure) {
    await group.stop();
    throw failure;
  }
}

async function bucketIn(group: ProcessGroup): Promise<DrillBucket> {
  const bucket = 'drill-backups';
  const server = await startObjectStore(group, { buckets: [bucket] });
  const opened: ObjectStore[] = [];
  const location = (overrides: Partial<StoreLocation> = {}) =>
    locationOf(server.admin.access, bucket, overrides);
  return {
    group,
    server,
    bucket,
    location,
    reader: () => locationOf(server.readOnly, bucket, {}),
    open: (where = location()) => {
      const store = createS3Store(where);
      opened.push(store);
      return store;
    },
    put: (key, content) => server.admin.putObject({ bucket, key }, content),
    stop: async () => {
      for (const store of opened) store.close();
      await group.stop();
    },
  };
}

function locationOf(access: S3Access, bucket: string, overrides: Partial<StoreLocation>): StoreLocation {
  return {
    endpoint: access.endpoint,
    region: access.region,
    bucket,
    prefix: '',
    pathStyle: true,
    credentials: {
      accessKeyId: inEnvironment(access.accessKeyId),
      secretAccessKey: inEnvironment(access.secretAccessKey),
    },
    ...overrides,
  };
}

/** Secrets travel by reference: this is the reference. */
export function inEnvironment(secret: string): { env: string } {
  const name = `DRILL_TEST_${randomBytes(6).toString('hex')}`;
  process.env[name] = secret;
  return { env: name };
}
