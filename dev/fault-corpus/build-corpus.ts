import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../binaries/binary-sources.js';
import { mariadbTools, type MariadbTools } from '../binaries/mariadb-tools.js';
import { packBackup, type BackupObjects } from '../backup-producer/pack-backup.js';
import { manifestOf, uploadObjects, withManifest } from '../backup-producer/publish-backup.js';
import type { S3Client } from '../object-store/s3-client.js';
import type { ProcessGroup } from '../processes/process-group.js';
import type { CorpusCase, Expectation, PublishedCase } from './corpus-case.js';
import { corpusCases } from './corpus-cases.js';
import { takeCorpusSources, type CorpusSources } from './corpus-sources.js';
import { seededRandom, type SeededRandom } from '../seeded-random.js';

/** What the code under test must not see. */
export interface CorpusAnswer extends Expectation {
  id: string;
  name: string;
  /** What was damaged and where. */
  done: string;
}

export interface Corpus {
  seed: number;
  bucket: string;
  cases: PublishedCase[];
  answers: CorpusAnswer[];
}

export interface BuildCorpusOptions {
  client: S3Client;
  bucket: string;
  /** Ends in `/`. Default: `corpus/`. */
  prefix?: string;
  seed: number;
  progress?: Progress;
  /** Default: all of corpus-cases.ts. */
  cases?: readonly CorpusCase[];
}

/** Takes real backups and uploads every case made from them, below neutral names in an order that the seed determines. */
export async function buildCorpus(group: ProcessGroup, options: BuildCorpusOptions): Promise<Corpus> {
  const { bucket, seed } = options;
  const progress = options.progress ?? (() => undefined);
  progress(`fault corpus with seed ${seed}`);
  const random = seededRandom(seed);
  const sources = await takeCorpusSources(group, { random, progress });
  const builder = { group, random, sources, tools: await mariadbTools(), ...options };
  const corpus: Corpus = { seed, bucket, cases: [], answers: [] };
  progress('making the cases');
  for (const [index, item] of random.shuffle(options.cases ?? corpusCases).entries()) {
    const id = `c${String(index + 1).padStart(2, '0')}`;
    const { published, done } = await buildCase({ ...builder, id }, item);
    corpus.cases.push(published);
    corpus.answers.push({ id, name: item.name, done, ...item.expected });
  }
  return corpus;
}

interface CaseBuilder extends BuildCorpusOptions {
  group: ProcessGroup;
  random: SeededRandom;
  sources: CorpusSources;
  tools: MariadbTools;
  id: string;
}

async function buildCase(
  builder: CaseBuilder,
  item: CorpusCase,
): Promise<{ published: PublishedCase; done: string }> {
  const { random, sources, client, bucket } = builder;
  const { layout = 'directory', compression = 'none', damageData, damageStored } = item;
  const source = sources[item.source ?? 'loaded'];
  const prefix = `${builder.prefix ?? 'corpus/'}${builder.id}/`;
  const done: string[] = [];
  const data = await packedFiles(builder, item, done);
  if (damageData) done.push(damageData({ objects: data, random }));
  const baseline = { own: source.baseline, loaded: sources.loaded.baseline, none: undefined };
  const objects = withManifest(data, baseline[item.baseline ?? 'own']);
  if (item.manifest === false) objects.delete('manifest.sha256');
  if (damageStored) done.push(damageStored({ objects, random }));
  await uploadObjects(client, { bucket, prefix: `${prefix}${source.id}/` }, objects);
  if (item.damageBinlogs) done.push(await uploadBinlogs(builder, { prefix, damage: item.damageBinlogs }));
  const pitrRequired = item.damageBinlogs !== undefined;
  const pitrTarget = pitrRequired ? sources.binlogs.baseline : undefined;
  const published = {
    id: builder.id,
    prefix,
    backupId: source.id,
    layout,
    compression,
    pitrRequired,
    pitrTarget,
  };
  return { published, done: done.join('; ') };
}

async function packedFiles(
  { group, random, sources, tools }: CaseBuilder,
  { source = 'loaded', layout = 'directory', compression = 'none', damageFiles }: CorpusCase,
  done: string[],
): Promise<BackupObjects> {
  const { folder, streamFile } = sources[source];
  if (damageFiles === undefined) {
    return packBackup({ group, tools }, { folder, streamFile, layout, compression });
  }
  const scratch = await mkdtemp(join(group.folder, 'case-'));
  try {
    const copy = join(scratch, 'files');
    await cp(folder, copy, { recursive: true });
    done.push(await damageFiles({ folder: copy, random, sources }));
    return await packBackup({ group, tools }, { folder: copy, layout, compression });
  } finally {
    await rm(scratch, { recursive: true });
  }
}

async function uploadBinlogs(
  { client, bucket, random, sources }: CaseBuilder,
  { prefix, damage }: { prefix: string; damage: NonNullable<CorpusCase['damageBinlogs']> },
): Promise<string> {
  const objects = new Map(sources.binlogs.objects);
  objects.delete('manifest.sha256');
  const done = damage({ objects, random });
  objects.set('manifest.sha256', manifestOf(objects));
  await uploadObjects(client, { bucket, prefix: `${prefix}binlogs/` }, objects);
  return done;
}
