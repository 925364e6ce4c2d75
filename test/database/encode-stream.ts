import { crc32 } from 'node:zlib';

/** One chunk as `xbstream` and `mbstream` write it. */
export function dataChunk(path: string, offset: number, data: Buffer): Buffer {
  const fields = Buffer.alloc(20);
  fields.writeBigUInt64LE(BigInt(data.length), 0);
  fields.writeBigUInt64LE(BigInt(offset), 8);
  fields.writeUInt32LE(crc32(data), 16);
  return Buffer.concat([header('P', path), fields, data]);
}

/** Data with holes before its parts: what xtrabackup writes for page-compressed tables. */
export function sparseChunk(
  path: string,
  offset: number,
  parts: readonly { skip: number; data: Buffer }[],
): Buffer {
  const map = Buffer.concat(
    parts.map(({ skip, data }) => {
      const entry = Buffer.alloc(8);
      entry.writeUInt32LE(skip, 0);
      entry.writeUInt32LE(data.length, 4);
      return entry;
    }),
  );
  const data = Buffer.concat(parts.map((part) => part.data));
  const fields = Buffer.alloc(24);
  fields.writeUInt32LE(parts.length, 0);
  fields.writeBigUInt64LE(BigInt(data.length), 4);
  fields.writeBigUInt64LE(BigInt(offset), 12);
  fields.writeUInt32LE(crc32(data, crc32(map)), 20);
  return Buffer.concat([header('S', path), fields, map, data]);
}

export function endChunk(path: string): Buffer {
  return header('E', path);
}

/** A whole file in chunks. */
export function fileChunks(path: string, content: Buffer, chunkBytes = 7): Buffer[] {
  const chunks: Buffer[] = [];
  for (let offset = 0; offset < content.length; offset += chunkBytes) {
    chunks.push(dataChunk(path, offset, content.subarray(offset, offset + chunkBytes)));
  }
  return [...chunks, endChunk(path)];
}

function header(type: string, path: string): Buffer {
  const name = Buffer.from(path);
  const fixed = Buffer.alloc(14);
  fixed.write('XBSTCK01', 'latin1');
  fixed.write(type, 9, 'latin1');
  fixed.writeUInt32LE(name.length, 10);
  return Buffer.concat([fixed, name]);
}
