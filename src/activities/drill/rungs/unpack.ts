import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { StreamDamaged } from '../../../database/backup-stream.js';
import { DecompressionFailed, decompressZstd } from '../../../database/zstd.js';
import { isStream, layoutOf, xbcloudChunk } from '../../../domain/drill/backup-layout.js';
import { evidence, finding } from '../../../domain/drill/finding.js';
import { BASELINE_NAME } from '../../../domain/drill/inventory.js';
import { MANIFEST_NAME } from '../../../domain/drill/manifest.js';
import type { RungFinding } from '../../../domain/drill/rung.js';
import { knownObjects } from '../backup-objects.js';
import { conclude, Unprovable } from '../conclude.js';
import { decompressFiles } from '../decompress-files.js';
import type { DrillSession } from '../drill-session.js';
import { createSpaceBudget, folderBytes, type SpaceBudget } from '../space-budget.js';
import { createStreamUnpacker, type StreamUnpacker } from '../unpack-stream.js';

/** Compression and encryption for which a drill host has no program or key. */
const UNREADABLE = /\.(lz4|qp|xbcrypt)$/;

/**
 * Rung 3: from the objects to the files that a tool can prepare. A run of it that died is begun anew: what it left may be
 * half a file.
 */
export function unpack(session: DrillSession): Promise<RungFinding> {
  return conclude(session, async () => {
    try {
      return await unpackAll(session);
    } catch (failure) {
      if (failure instanceof StreamDamaged) return damaged('stream-damaged', failure);
      if (failure instanceof DecompressionFailed) return damaged('decompression', failure);
      throw failure;
    }
  });
}

function damaged(cause: string, { message }: Error): RungFinding {
  return finding({
    outcome: 'failed',
    cause,
    summary: `the backup cannot be unpacked: ${message}`,
    evidence: [evidence(message)],
  });
}

async function unpackAll(session: DrillSession): Promise<RungFinding> {
  const { folder, plan } = session;
  const objects = await knownObjects(session);
  const names = objects
    .map(({ name }) => name)
    .filter((name) => name !== MANIFEST_NAME && name !== BASELINE_NAME);
  const layout = layoutOf(names);
  await rm(folder.backup, { recursive: true, force: true });
  await mkdir(folder.backup, { recursive: true, mode: 0o700 });
  const budget = await createSpaceBudget({ root: folder.root, limitBytes: plan.limits.workBytes });
  if (layout === 'directory') {
    refuseUnreadable(names);
    await decompressFiles(session, { names, from: folder.objects, to: folder.backup, budget });
  } else {
    await unpackStreams(session, { names, budget });
  }
  const unpackedBytes = await folderBytes(folder.backup);
  return finding({
    outcome: 'passed',
    summary: `unpacked: ${unpackedBytes} bytes`,
    measured: { unpackedBytes },
  });
}

function refuseUnreadable(names: readonly string[]): void {
  const name = names.find((some) => UNREADABLE.test(some));
  if (name === undefined) return;
  throw new Unprovable('tool-missing', `${name}: a drill reads plain files and zstd, nothing encrypted`);
}

async function unpackStreams(
  session: DrillSession,
  { names, budget }: { readonly names: readonly string[]; readonly budget: SpaceBudget },
): Promise<void> {
  const { folder, plan, signal } = session;
  const unpacker = createStreamUnpacker({ folder: folder.backup, budget, maxFiles: plan.limits.objects });
  try {
    for (const stream of inStreamOrder(names)) {
      signal.throwIfAborted();
      await addStream(unpacker, stream, session);
    }
    await unpacker.finish();
  } finally {
    await unpacker.close();
  }
  const files = await filesBelow(folder.backup);
  refuseUnreadable(files);
  const compressed = files.filter((name) => name.endsWith('.zst'));
  await decompressFiles(session, { names: compressed, from: folder.backup, to: folder.backup, budget });
}

/** The stream, or all chunks: file after file, in the order of their numbers. */
function inStreamOrder(names: readonly string[]): string[] {
  const chunks = names.filter((name) => xbcloudChunk(name) !== undefined).sort();
  return chunks.length > 0 ? chunks : names.filter(isStream);
}

async function addStream(unpacker: StreamUnpacker, name: string, session: DrillSession): Promise<void> {
  const { folder, signal, progress } = session;
  const file = join(folder.objects, name);
  // The number of a chunk comes last: what is compressed in chunks are the files inside.
  const source = name.endsWith('.zst')
    ? decompressZstd({ file, folderRoot: folder.root, signal })
    : buffersOf(createReadStream(file, { signal, highWaterMark: 1024 * 1024 }));
  let doneBytes = 0;
  const counted = async function* () {
    for await (const piece of source) {
      doneBytes += piece.length;
      progress({ doneBytes });
      yield piece;
    }
  };
  try {
    await unpacker.add(counted());
  } catch (failure) {
    if (!(failure instanceof StreamDamaged)) throw failure;
    throw new StreamDamaged(`${name}: ${failure.message}`, { cause: failure });
  }
}

async function* buffersOf(source: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  for await (const piece of source) {
    if (!Buffer.isBuffer(piece)) throw new Error('a file without encoding is read as buffers');
    yield piece;
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
