import { StorageSpec, type S3Storage } from '../domain/backup/storage-spec.js';
import type { StorageProbeResult } from '../domain/backup/storage-probe.js';
import { selectStorage, storageLocation } from '../domain/storage-location.js';
import { readBackup } from '../kubernetes/backups.js';
import { StoreFailure, type ObjectStore } from '../storage/object-store.js';
import { createS3Store } from '../storage/s3-store.js';
import type { PodDependenciesWithApi } from './pod-work.js';
import { hideSecretsOf } from './secret-values.js';

export interface ProbeStorageOptions {
  readonly namespace: string;
  readonly backupName: string;
}

type Findings = Pick<StorageProbeResult, 'outcome' | 'message'>;

/** Where the AWS SDK needs one and nothing says it; BR's own default. */
const DEFAULT_REGION = 'us-east-1';

/**
 * Looks at the storage of a Backup with what this pod has, and prints the result. Writes nothing anywhere.
 * @returns true: it has looked, whatever it found; false where the Backup does not exist
 */
export async function probeStorage(
  { namespace, backupName: name }: ProbeStorageOptions,
  { api, env, output }: PodDependenciesWithApi,
): Promise<boolean> {
  const backup = await readBackup(api, { namespace, name });
  if (backup === undefined) {
    output.stderr.write(`Backup ${namespace}/${name} does not exist\n`);
    return false;
  }
  const storage = selectStorage(StorageSpec.parse(backup.spec));
  const location = storage === undefined ? '' : storageLocation(storage);
  const found: Findings =
    storage?.kind === 's3'
      ? await probeS3(storage.s3, location)
      : { outcome: 'NotProbed', message: `${storage?.kind ?? 'no storage'}: only s3 can be probed` };
  const result: StorageProbeResult = {
    probe: 'storage',
    location,
    outcome: found.outcome,
    message: hideSecretsOf(env)(found.message),
  };
  output.stdout.write(`${JSON.stringify(result)}\n`);
  return true;
}

async function probeS3(
  { bucket = '', endpoint = '', region = '', forcePathStyle = true }: S3Storage,
  location: string,
): Promise<Findings> {
  const store = createS3Store({
    bucket,
    prefix: '',
    region: region === '' ? DEFAULT_REGION : region,
    pathStyle: forcePathStyle,
    ...(endpoint !== '' && { endpoint }),
  });
  try {
    const isEmpty = await isEmptyBelow(store, prefixOf(location));
    const message = isEmpty
      ? 'it may be listed, and holds nothing yet'
      : 'it may be listed, and holds objects';
    return { outcome: 'Reached', message };
  } catch (failure) {
    if (!(failure instanceof StoreFailure)) throw failure;
    // The store's own hint is about drill plans.
    const message = failure.kind === 'NoCredentials' ? 'this pod has no credentials' : failure.message;
    return { outcome: failure.kind, message };
  } finally {
    store.close();
  }
}

async function isEmptyBelow(store: ObjectStore, prefix: string): Promise<boolean> {
  const { done } = await store.list(prefix)[Symbol.asyncIterator]().next();
  return done === true;
}

/** `s3://backups/prod/orders` → `prod/orders/`. */
function prefixOf(location: string): string {
  const path = location.replace(/^s3:\/\/[^/]*\/?/, '');
  return path === '' ? '' : `${path}/`;
}
