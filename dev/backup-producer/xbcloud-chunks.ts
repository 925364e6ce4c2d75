/** One chunk of an mbstream or xbstream, with its header, as xbcloud uploads it. */
export interface StreamChunk {
  path: string;
  content: Buffer;
}

const magic = 'XBSTCK01';

/**
 * Splits a stream at its chunks. Format: magic, flags (1 byte), type (1), length of the path (4, little endian), path;
 * a payload chunk (type `P`) goes on with length (8), offset (8), CRC-32 (4) and the payload, an end (`E`) has no more
 * (https://github.com/MariaDB/server/blob/mariadb-10.11.11/extra/mariabackup/xbstream_read.cc).
 * @throws Error where the bytes are no stream
 */
export function splitStream(stream: Buffer): StreamChunk[] {
  const chunks: StreamChunk[] = [];
  let start = 0;
  while (start < stream.length) {
    const chunk = chunkAt(stream, start);
    chunks.push(chunk);
    start += chunk.content.length;
  }
  return chunks;
}

function chunkAt(stream: Buffer, start: number): StreamChunk {
  if (stream.toString('latin1', start, start + magic.length) !== magic) {
    throw new Error(`no stream chunk at offset ${start}`);
  }
  const type = String.fromCharCode(stream.readUInt8(start + 9));
  const pathEnd = start + 14 + stream.readUInt32LE(start + 10);
  const path = stream.toString('utf8', start + 14, pathEnd);
  if (type === 'E') return { path, content: stream.subarray(start, pathEnd) };
  if (type !== 'P') throw new Error(`unknown type ${type} of the stream chunk at offset ${start}`);
  const payloadBytes = Number(stream.readBigUInt64LE(pathEnd));
  return { path, content: stream.subarray(start, pathEnd + 20 + payloadBytes) };
}

/** As `xbcloud put` names its objects: the path in the stream and the number of the chunk in 20 digits. */
export function xbcloudObjects(stream: Buffer): Map<string, Buffer> {
  const next = new Map<string, number>();
  return new Map(
    splitStream(stream).map(({ path, content }) => {
      const number = next.get(path) ?? 0;
      next.set(path, number + 1);
      return [`${path}.${String(number).padStart(20, '0')}`, content];
    }),
  );
}
