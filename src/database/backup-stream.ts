import { crc32 } from 'node:zlib';
import { ByteSource } from './byte-source.js';

/** Bytes of a file in a stream, or its end. */
export type StreamPart =
  | {
      readonly type: 'data';
      readonly path: string;
      /** Where in the file they belong. */
      readonly offset: number;
      readonly bytes: Buffer;
    }
  /** `sizeBytes` of a file that ends in a hole is more than its last data. */
  | { readonly type: 'hole'; readonly path: string; readonly offset: number; readonly sizeBytes: number }
  | { readonly type: 'end'; readonly path: string };

/** The stream is not what a backup tool writes, or not all of it. */
export class StreamDamaged extends Error {
  override readonly name = 'StreamDamaged';
}

/**
 * mbstream and xbstream: chunks of magic, flags, type, length of the path, path; then, but for the end of a file, length,
 * offset and CRC-32 of the data. Sparse chunks carry a map of holes and data before them. All numbers little endian.
 */
const MAGIC = 'XBSTCK01';
const HEADER_BYTES = 14;
const MAX_PATH_BYTES = 4096;
const MAX_SPARSE_ENTRIES = 1_000_000;
const MAX_OFFSET = BigInt(Number.MAX_SAFE_INTEGER);

interface Extent {
  readonly skipBytes: number;
  readonly dataBytes: number;
}

interface Chunk {
  readonly path: string;
  readonly startedAt: number;
}

/**
 * Reads a stream of mariadb-backup or xtrabackup. Data is given out as it comes, before its CRC is known: nothing of
 * a stream that throws can be used.
 * @throws StreamDamaged with the offset in the stream; what the source throws
 */
export async function* readBackupStream(source: AsyncIterable<Buffer>): AsyncGenerator<StreamPart> {
  const bytes = new ByteSource(source);
  for (
    let header = await bytes.take(HEADER_BYTES);
    header.length > 0;
    header = await bytes.take(HEADER_BYTES)
  ) {
    const startedAt = bytes.offset - header.length;
    if (header.length < HEADER_BYTES) throw cut(startedAt);
    if (header.toString('latin1', 0, 8) !== MAGIC) {
      throw new StreamDamaged(`no chunk begins at offset ${startedAt}`);
    }
    const path = await readPath(bytes, header.readUInt32LE(10), startedAt);
    const type = String.fromCharCode(header.readUInt8(9));
    if (type === 'E') yield { type: 'end', path };
    else if (type === 'P' || type === 'S') yield* readData(bytes, { path, startedAt }, type === 'S');
    else throw new StreamDamaged(`unknown type ${JSON.stringify(type)} of the chunk at offset ${startedAt}`);
  }
}

async function readPath(bytes: ByteSource, length: number, startedAt: number): Promise<string> {
  if (length === 0 || length > MAX_PATH_BYTES) {
    throw new StreamDamaged(`the chunk at offset ${startedAt} has a path of ${length} bytes`);
  }
  const path = await bytes.take(length);
  if (path.length < length) throw cut(startedAt);
  return path.toString('utf8');
}

async function* readData(bytes: ByteSource, chunk: Chunk, sparse: boolean): AsyncGenerator<StreamPart> {
  const fields = await bytes.take(sparse ? 24 : 20);
  if (fields.length < (sparse ? 24 : 20)) throw cut(chunk.startedAt);
  const entries = sparse ? fields.readUInt32LE(0) : 0;
  const [length, offset] = [0, 8].map((at) => fields.readBigUInt64LE(at + (sparse ? 4 : 0)));
  if (
    length === undefined ||
    offset === undefined ||
    length + offset > MAX_OFFSET ||
    entries > MAX_SPARSE_ENTRIES
  ) {
    throw new StreamDamaged(`the chunk at offset ${chunk.startedAt} has impossible numbers`);
  }
  const map = await bytes.take(entries * 8);
  if (map.length < entries * 8) throw cut(chunk.startedAt);
  const extents = sparse ? extentsOf(map) : [{ skipBytes: 0, dataBytes: Number(length) }];
  if (extents.reduce((sum, { dataBytes }) => sum + dataBytes, 0) !== Number(length)) {
    throw new StreamDamaged(`the chunk at offset ${chunk.startedAt} has a map that does not fit its data`);
  }
  const checksum = yield* readExtents(bytes, chunk, {
    extents,
    offset: Number(offset),
    checksum: crc32(map),
  });
  if (checksum !== fields.readUInt32LE(fields.length - 4)) {
    throw new StreamDamaged(`invalid checksum of the chunk at offset ${chunk.startedAt}, file ${chunk.path}`);
  }
}

function extentsOf(map: Buffer): Extent[] {
  return Array.from({ length: map.length / 8 }, (_none, index) => ({
    skipBytes: map.readUInt32LE(index * 8),
    dataBytes: map.readUInt32LE(index * 8 + 4),
  }));
}

async function* readExtents(
  bytes: ByteSource,
  { path, startedAt }: Chunk,
  data: { readonly extents: readonly Extent[]; readonly offset: number; readonly checksum: number },
): AsyncGenerator<StreamPart, number> {
  let { offset, checksum } = data;
  for (const { skipBytes, dataBytes } of data.extents) {
    if (skipBytes > 0) yield { type: 'hole', path, offset, sizeBytes: skipBytes };
    offset += skipBytes;
    const end = offset + dataBytes;
    for await (const piece of bytes.pieces(dataBytes)) {
      checksum = crc32(piece, checksum);
      yield { type: 'data', path, offset, bytes: piece };
      offset += piece.length;
    }
    if (offset < end) throw cut(startedAt);
  }
  return checksum;
}

function cut(startedAt: number): StreamDamaged {
  return new StreamDamaged(`the stream ends in the middle of the chunk at offset ${startedAt}`);
}
