import type { Progress } from '../binaries/binary-sources.js';
import { startMariadb, type MariadbServer } from '../mariadb/start-mariadb.js';
import { startObjectStore, type ObjectStore } from '../object-store/start-object-store.js';
import type { ProcessGroup } from '../processes/process-group.js';

/** What restore drills need besides Kubernetes and Temporal: a store for backups, and a server to take them of. */
export interface DrillServers {
  store: ObjectStore;
  database: MariadbServer;
  /**
   * For whoever runs drills: the store as AWS's clients find it, by the identity that may only read, and the folder with
   * MariaDB's tools, to be put in PATH.
   */
  env: Record<string, string>;
}

export const drillBucket = 'backups';

export async function startDrillServers(
  group: ProcessGroup,
  { progress }: { progress: Progress },
): Promise<DrillServers> {
  progress('starting the object store and MariaDB');
  const [store, database] = await Promise.all([
    startObjectStore(group, { buckets: [drillBucket], progress }),
    startMariadb(group, { progress }),
  ]);
  const env = {
    AWS_ENDPOINT_URL_S3: store.endpoint,
    AWS_REGION: store.readOnly.region,
    AWS_ACCESS_KEY_ID: store.readOnly.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.readOnly.secretAccessKey,
    HOLDFAST_DEV_BUCKET: drillBucket,
    HOLDFAST_DEV_MARIADB_TOOLS: database.tools.binDir,
    HOLDFAST_DEV_MARIADB_SOCKET: database.socket,
  };
  return { store, database, env };
}
