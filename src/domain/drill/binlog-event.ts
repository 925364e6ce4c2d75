/** MariaDB's replication events, as far as a proof of continuity needs them. All numbers are little-endian. */
export const EVENT_HEADER_BYTES = 19;
export const BINLOG_MAGIC = Uint8Array.of(0xfe, 0x62, 0x69, 0x6e);
export const CHECKSUM_BYTES = 4;

export const EVENT_TYPE = {
  query: 2,
  intvar: 5,
  appendBlock: 9,
  rand: 13,
  userVar: 14,
  formatDescription: 15,
  xid: 16,
  beginLoadQuery: 17,
  tableMap: 19,
  /** MySQL's own GTIDs: not MariaDB. */
  mysqlGtid: 33,
  mysqlPreviousGtids: 35,
  xaPrepare: 38,
  annotateRows: 160,
  gtid: 162,
  gtidList: 163,
  startEncryption: 164,
} as const;

export interface EventHeader {
  readonly timestampSeconds: number;
  readonly type: number;
  readonly serverId: number;
  /** Of the whole event: header, body and checksum. */
  readonly sizeBytes: number;
  readonly flags: number;
}

export interface Gtid {
  readonly domain: number;
  readonly server: number;
  readonly sequence: bigint;
}

/** @param bytes at least EVENT_HEADER_BYTES */
export function readEventHeader(bytes: Uint8Array): EventHeader {
  const view = viewOf(bytes);
  return {
    timestampSeconds: view.getUint32(0, true),
    type: view.getUint8(4),
    serverId: view.getUint32(5, true),
    sizeBytes: view.getUint32(9, true),
    flags: view.getUint16(17, true),
  };
}

export interface FormatDescription {
  readonly serverVersion: string;
  readonly checksums: boolean;
}

/** @param body without header, with checksum */
export function readFormatDescription(body: Uint8Array): FormatDescription | undefined {
  if (body.byteLength < 57 + CHECKSUM_BYTES) return undefined;
  const text = String.fromCharCode(...body.subarray(2, 52));
  const serverVersion = text.slice(0, Math.max(0, text.indexOf('\0')));
  return { serverVersion, checksums: body[body.byteLength - CHECKSUM_BYTES - 1] === 1 };
}

/** @param body without header */
export function readGtid(body: Uint8Array, server: number): Gtid | undefined {
  if (body.byteLength < 13) return undefined;
  const view = viewOf(body);
  return { domain: view.getUint32(8, true), server, sequence: view.getBigUint64(0, true) };
}

/** The state of the server when the file was begun. @param body without header and checksum */
export function readGtidList(body: Uint8Array): Gtid[] | undefined {
  if (body.byteLength < 4) return undefined;
  const view = viewOf(body);
  const count = view.getUint32(0, true) & 0x0fff_ffff;
  if (body.byteLength < 4 + count * 16) return undefined;
  return Array.from({ length: count }, (_, index) => {
    const offset = 4 + index * 16;
    return {
      domain: view.getUint32(offset, true),
      server: view.getUint32(offset + 4, true),
      sequence: view.getBigUint64(offset + 8, true),
    };
  });
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
