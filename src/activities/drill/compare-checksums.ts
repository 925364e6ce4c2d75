import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { evidence, type RungDraft } from '../../domain/drill/finding.js';
import { BASELINE_NAME, totalBytes, type InventoryObject } from '../../domain/drill/inventory.js';
import { MANIFEST_NAME, type Manifest } from '../../domain/drill/manifest.js';
import type { Evidence } from '../../domain/drill/rung.js';
import { downloadObject, type Download } from './download-object.js';
import type { DrillSession } from './drill-session.js';
import { inParallel } from './in-parallel.js';
import type { SpaceBudget } from './space-budget.js';

const DOWNLOADS_AT_ONCE = 8;

export interface ChecksumQuestion {
  readonly objects: readonly InventoryObject[];
  readonly manifest: Manifest | undefined;
  readonly budget: SpaceBudget;
}

export interface ChecksumAnswer {
  /** Absent where every object that the manifest lists is as listed. */
  readonly draft?: RungDraft;
  readonly warnings: readonly Evidence[];
  /** SHA-256 of every object as it was downloaded, by name. */
  readonly digests: ReadonlyMap<string, string>;
}

interface Mismatch {
  readonly line: Evidence;
  /** Both reads gave the same bytes: they are what the store holds. */
  readonly proven: boolean;
}

/** Downloads all objects into the work folder, and compares each with the manifest. */
export async function compareChecksums(
  session: DrillSession,
  { objects, manifest, budget }: ChecksumQuestion,
): Promise<ChecksumAnswer> {
  const progress = { doneBytes: 0, totalBytes: totalBytes(objects) };
  const onBytes = (bytes: number) => {
    progress.doneBytes += bytes;
    session.progress({ ...progress });
  };
  const digests = new Map<string, string>();
  const mismatches: Mismatch[] = [];
  const warnings: Evidence[] = [];
  const options = { atOnce: DOWNLOADS_AT_ONCE, signal: session.signal };
  await inParallel(objects, options, async (object, signal) => {
    const download = { ...placeOf(session, object), object, budget, signal, onBytes };
    const digest = await downloadObject(download);
    digests.set(object.name, digest);
    const expected = manifest?.digests.get(object.name);
    if (expected === undefined || digest === expected) return;
    const again = await downloadAgain(download);
    const line = evidence(`sha256 is ${again}, the manifest says ${expected}`, object.name);
    if (again === expected) warnings.push(evidence(`read first as ${digest}, then as listed`, object.name));
    else mismatches.push({ line, proven: again === digest });
  });
  const draft = judgeMismatches(mismatches);
  return { ...(draft && { draft }), warnings, digests };
}

function judgeMismatches(mismatches: readonly Mismatch[]): RungDraft | undefined {
  const [first] = mismatches;
  if (first === undefined) return undefined;
  const lines = mismatches.map(({ line }) => line);
  if (mismatches.some(({ proven }) => proven)) {
    const summary = `${mismatches.length} objects differ from the manifest: ${first.line.source ?? ''}`;
    return { outcome: 'failed', cause: 'checksum-mismatch', summary, evidence: lines };
  }
  const summary = `${mismatches.length} objects read differently each time: ${first.line.source ?? ''}`;
  return { outcome: 'inconclusive', cause: 'unproven-bytes', summary, evidence: lines };
}

/** The first copy may be what a host that crashed left, or what a network made of it: bad is what is read twice. */
async function downloadAgain(download: Download): Promise<string> {
  await rm(download.file);
  download.budget.release(download.object.sizeBytes);
  return downloadObject({ ...download, onBytes: () => undefined });
}

/** What describes the backup stays out of what is restored. */
function placeOf({ store, backup, folder }: DrillSession, { name }: InventoryObject) {
  const place = name === MANIFEST_NAME || name === BASELINE_NAME ? folder.run : folder.objects;
  return { store, key: `${backup.prefix}${name}`, file: join(place, name) };
}
