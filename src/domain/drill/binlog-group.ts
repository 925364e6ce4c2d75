import { CHECKSUM_BYTES, EVENT_TYPE } from './binlog-event.js';

/** A transaction whose last event has not come yet. */
export interface OpenGroup {
  /** One statement without a COMMIT of its own, for example DDL. */
  readonly standalone: boolean;
}

const FLAG_STANDALONE = 0x1;
const FLAGS_OFFSET = 12;
const QUERY_HEADER_BYTES = 13;

/** What prepares a statement, and is never the end of one. */
const AUXILIARY: ReadonlySet<number> = new Set([
  EVENT_TYPE.intvar,
  EVENT_TYPE.appendBlock,
  EVENT_TYPE.rand,
  EVENT_TYPE.userVar,
  EVENT_TYPE.beginLoadQuery,
  EVENT_TYPE.tableMap,
  EVENT_TYPE.annotateRows,
]);

/** @param body of a GTID event, without header */
export function openedBy(body: Uint8Array): OpenGroup {
  return { standalone: ((body[FLAGS_OFFSET] ?? 0) & FLAG_STANDALONE) !== 0 };
}

/**
 * Whether the event is the last one of the group. MariaDB ends a transaction by XID, by a prepared XA, or by a query
 * that says COMMIT; what follows a standalone GTID is one statement.
 * @param queryText of a query event, else `undefined`
 */
export function isEndOf(
  group: OpenGroup,
  { type, queryText }: { type: number; queryText?: string },
): boolean {
  if (type === EVENT_TYPE.xid || type === EVENT_TYPE.xaPrepare) return true;
  if (group.standalone) return !AUXILIARY.has(type);
  return queryText !== undefined && /^\s*(COMMIT|ROLLBACK|XA\s+(COMMIT|ROLLBACK)\b[^]*)\s*$/i.test(queryText);
}

/** @param body of a query event, without header. @returns `undefined` where it is too short */
export function readQueryText(body: Uint8Array, { checksums }: { checksums: boolean }): string | undefined {
  if (body.byteLength < QUERY_HEADER_BYTES) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const start = QUERY_HEADER_BYTES + view.getUint16(11, true) + view.getUint8(8) + 1;
  const end = body.byteLength - (checksums ? CHECKSUM_BYTES : 0);
  return start > end ? undefined : new TextDecoder().decode(body.subarray(start, end));
}
