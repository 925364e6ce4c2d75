import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { BinlogProblem } from '../../domain/drill/binlog-chain.js';
import { filesFrom } from '../../domain/drill/binlog-chain.js';
import { isBinlogName, type BinlogInfo } from '../../domain/drill/binlog-info.js';
import type { InventoryObject } from '../../domain/drill/inventory.js';
import { MANIFEST_NAME, parseManifest } from '../../domain/drill/manifest.js';
import { Unprovable } from './conclude.js';
import { downloadObject } from './download-object.js';
import type { DrillSession } from './drill-session.js';
import { inParallel } from './in-parallel.js';
import { createSpaceBudget } from './space-budget.js';

const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;
const MAX_FILES = 100_000;

export interface FetchedBinlogs {
  /** Names of the files in folder.binlogs, in order. */
  readonly files: readonly string[];
  readonly bytes: number;
}

/** Downloads the binary logs from the one that the backup ends in. */
export async function fetchBinlogs(
  session: DrillSession,
  { prefix, info }: { prefix: string; info: BinlogInfo },
): Promise<FetchedBinlogs | BinlogProblem> {
  const objects = await listBinlogs(session, prefix);
  if (objects.size === 0) throw new Unprovable('binlog-missing', `there are no binary logs under ${prefix}`);
  const files = filesFrom(info, [...objects.keys()]);
  const digests = await digestsOf(session, prefix);
  const promised = filesFrom(info, [...digests.keys()]).find((name) => !objects.has(name));
  if (promised !== undefined) {
    return {
      cause: 'binlog-missing',
      summary: `${promised} is in the manifest, but not there`,
      file: promised,
    };
  }
  return download(session, { prefix, objects: files.flatMap((name) => objects.get(name) ?? []), digests });
}

async function listBinlogs(
  { store, signal }: DrillSession,
  prefix: string,
): Promise<Map<string, InventoryObject>> {
  const found = new Map<string, InventoryObject>();
  for await (const { key, ...object } of store.list(prefix, { signal })) {
    const name = key.slice(prefix.length);
    if (isBinlogName(name)) found.set(name, { name, ...object });
    if (found.size > MAX_FILES)
      throw new Unprovable('too-many-objects', `more than ${MAX_FILES} binary logs under ${prefix}`);
  }
  return found;
}

/** SHA-256 by name; empty where the archive has no manifest: the files prove themselves by their own checksums. */
async function digestsOf({ store }: DrillSession, prefix: string): Promise<ReadonlyMap<string, string>> {
  const manifest = await store.readText(`${prefix}${MANIFEST_NAME}`, MAX_MANIFEST_BYTES);
  return manifest === undefined ? new Map() : parseManifest(manifest.text).digests;
}

interface Downloads {
  readonly prefix: string;
  readonly objects: readonly InventoryObject[];
  readonly digests: ReadonlyMap<string, string>;
}

async function download(
  session: DrillSession,
  downloads: Downloads,
): Promise<FetchedBinlogs | BinlogProblem> {
  const { folder, plan, signal, store } = session;
  const { prefix, objects, digests } = downloads;
  await mkdir(folder.binlogs, { recursive: true, mode: 0o700 });
  const budget = await createSpaceBudget({ root: folder.root, limitBytes: plan.limits.workBytes });
  const totalBytes = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let doneBytes = 0;
  const wrong: string[] = [];
  await inParallel(objects, { atOnce: availableParallelism(), signal }, async (object, stop) => {
    const digest = await downloadObject({
      store,
      key: `${prefix}${object.name}`,
      object,
      file: join(folder.binlogs, object.name),
      budget,
      signal: stop,
      onBytes: (bytes) => session.progress({ doneBytes: (doneBytes += bytes), totalBytes }),
    });
    const expected = digests.get(object.name);
    if (expected !== undefined && expected !== digest) wrong.push(object.name);
  });
  const [file] = wrong.sort();
  if (file !== undefined)
    return { cause: 'binlog-damaged', summary: `${file} is not what the manifest says`, file };
  return { files: objects.map(({ name }) => name), bytes: totalBytes };
}
