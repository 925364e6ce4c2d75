import { join } from 'node:path';
import { ALL_RUNGS } from '../../src/activities/drill/all-rungs.js';
import { openDrillHost } from '../../src/activities/drill/drill-host.js';
import { damageCopy } from '../../src/activities/drill/self-test.js';
import { createS3Store } from '../../src/storage/s3-store.js';
import { mariadbTools } from '../binaries/mariadb-tools.js';
import type { ObjectStore } from '../object-store/start-object-store.js';
import type { ProcessGroup } from '../processes/process-group.js';
import type { CorpusHost } from './drill-case.js';

export const CORPUS_BUCKET = 'backups';
const KEY_ID = 'HOLDFAST_CORPUS_READER_ID';
const SECRET = 'HOLDFAST_CORPUS_READER_SECRET';

/**
 * The product's rungs in this process, with credentials that only read. They take tools and credentials from the
 * environment: this process' own is changed.
 */
export async function openCorpusHost(
  group: ProcessGroup,
  { readOnly }: Pick<ObjectStore, 'readOnly'>,
): Promise<CorpusHost & { readonly workDir: string }> {
  const { env } = await mariadbTools();
  Object.assign(process.env, env, { [KEY_ID]: readOnly.accessKeyId, [SECRET]: readOnly.secretAccessKey });
  const workDir = join(group.folder, 'work');
  const { endpoint, region } = readOnly;
  const credentials = { accessKeyId: { env: KEY_ID }, secretAccessKey: { env: SECRET } };
  return {
    workDir,
    deps: {
      host: await openDrillHost({ prefix: 'corpus', workDir, limitBytes: undefined }),
      rungs: ALL_RUNGS,
      openStore: createS3Store,
      damageCopy,
      stopping: new AbortController().signal,
      now: Date.now,
    },
    store: { endpoint, region, bucket: CORPUS_BUCKET, prefix: '', credentials, pathStyle: true },
  };
}
