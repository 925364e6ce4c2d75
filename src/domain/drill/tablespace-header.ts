/** What the first page of a tablespace says about the file. */
export interface TablespaceHeader {
  /** Bytes of a page in the file: smaller than the logical ones where ROW_FORMAT=COMPRESSED. */
  readonly pageBytes: number;
  /** Number of pages that the file has to have at least; 0 where the page was never written. */
  readonly sizePages: number;
  readonly spaceId: number;
  /** When the page was changed last. */
  readonly lsn: bigint;
  /** All bytes of the header are zero: the page only stands in the redo log so far. */
  readonly unwritten: boolean;
}

/** So many bytes of the file are needed. */
export const TABLESPACE_HEADER_BYTES = 64;

const LSN_OFFSET = 16;
const SPACE_ID_OFFSET = 34;
const HEADER_OFFSET = 38;
const SIZE_OFFSET = HEADER_OFFSET + 8;
const FLAGS_OFFSET = HEADER_OFFSET + 16;
const FULL_CRC32 = 1 << 4;

/**
 * @param bytes the first bytes of the file
 * @param defaultPageBytes page size of the server, for files made with it
 */
export function readTablespaceHeader(
  bytes: Uint8Array,
  defaultPageBytes: number,
): TablespaceHeader | undefined {
  if (bytes.byteLength < TABLESPACE_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    pageBytes: pageBytesOf(view.getUint32(FLAGS_OFFSET), defaultPageBytes),
    sizePages: view.getUint32(SIZE_OFFSET),
    spaceId: view.getUint32(SPACE_ID_OFFSET),
    lsn: view.getBigUint64(LSN_OFFSET),
    unwritten: bytes.subarray(0, TABLESPACE_HEADER_BYTES).every((byte) => byte === 0),
  };
}

/** Sizes are stored as the exponent of 2 above 512; 0 stands for 16 KiB, and for "not compressed". */
function pageBytesOf(flags: number, defaultPageBytes: number): number {
  if ((flags & FULL_CRC32) !== 0) {
    const exponent = flags & 0xf;
    return exponent === 0 ? defaultPageBytes : 512 << exponent;
  }
  const compressed = (flags >>> 1) & 0xf;
  if (compressed !== 0) return 512 << compressed;
  const logical = (flags >>> 6) & 0xf;
  return logical === 0 ? defaultPageBytes : 512 << logical;
}
