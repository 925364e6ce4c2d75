import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { crc32 } from 'node:zlib';
import type { BinlogProblem, BinlogScan, BinlogTransaction } from '../domain/drill/binlog-chain.js';
import {
  BINLOG_MAGIC,
  CHECKSUM_BYTES,
  EVENT_HEADER_BYTES,
  EVENT_TYPE,
  readEventHeader,
  readFormatDescription,
  readGtid,
  readGtidList,
  type EventHeader,
  type Gtid,
} from '../domain/drill/binlog-event.js';
import { isEndOf, openedBy, readQueryText, type OpenGroup } from '../domain/drill/binlog-group.js';
import { gtidText, keyOf, stateOf } from '../domain/drill/gtid-state.js';

const CHUNK_BYTES = 1024 * 1024;
/** Bodies that are read for their content are small; a server allows events of 1 GiB. */
const MAX_PARSED_BODY_BYTES = 4 * 1024 * 1024;
/** Set while the server writes the file, and cleared when it closes it: not part of the checksum. */
const IN_USE_FLAG = 0x1;

export interface ScanQuestion {
  readonly path: string;
  /** Position of the backup in this file. */
  readonly backupPosition?: number;
  readonly target?: Gtid;
  readonly signal: AbortSignal;
}

/**
 * Reads a whole binary log: the chain of its events, their checksums, and which transactions it holds. Offline: what is
 * proven here does not depend on what a client applies or leaves out.
 */
export async function scanBinlog(question: ScanQuestion): Promise<BinlogScan | BinlogProblem> {
  const file = await open(question.path, 'r');
  try {
    const { size } = await file.stat();
    return await new BinlogReader(file, size, question).scan();
  } finally {
    await file.close();
  }
}

export function isBinlogProblem(result: BinlogScan | BinlogProblem): result is BinlogProblem {
  return 'cause' in result;
}

class BinlogReader {
  readonly #file: FileHandle;
  readonly #size: number;
  readonly #question: ScanQuestion;
  readonly #name: string;
  #window = Buffer.alloc(0);
  #windowStart = 0;
  #checksums = false;
  #header: Gtid[] = [];
  readonly #end = new Map<string, bigint>();
  #transactions = 0;
  #last: BinlogTransaction | undefined;
  #atBackup: Map<string, bigint> | undefined;
  #target: BinlogTransaction | undefined;
  #targetEnd: number | undefined;
  #open: OpenGroup | undefined;

  constructor(file: FileHandle, size: number, question: ScanQuestion) {
    this.#file = file;
    this.#size = size;
    this.#question = question;
    this.#name = basename(question.path);
  }

  async scan(): Promise<BinlogScan | BinlogProblem> {
    const magic = await this.#bytes(0, BINLOG_MAGIC.byteLength);
    if (!magic.equals(BINLOG_MAGIC)) return this.#damaged('it does not begin as a binary log does');
    let position = BINLOG_MAGIC.byteLength;
    while (position < this.#size) {
      this.#question.signal.throwIfAborted();
      this.#noteBackupPosition(position);
      const event = await this.#event(position);
      if ('cause' in event) return event;
      position += event.sizeBytes;
    }
    this.#noteBackupPosition(position);
    if (this.#open !== undefined && this.#last !== undefined) {
      // A file that was cut between two events has nothing wrong in it, and a client rolls the rest back in silence.
      const { gtid, position: begun } = this.#last;
      return this.#damaged(`it ends inside transaction ${gtidText(gtid)}, which begins at ${begun}`);
    }
    return this.#result(position);
  }

  async #event(position: number): Promise<EventHeader | BinlogProblem> {
    if (position + EVENT_HEADER_BYTES > this.#size) return this.#cut(position);
    const header = readEventHeader(await this.#bytes(position, EVENT_HEADER_BYTES));
    if (header.sizeBytes < EVENT_HEADER_BYTES)
      return this.#damaged(`the event at ${position} has no sensible size`);
    if (position + header.sizeBytes > this.#size) return this.#cut(position);
    if (header.type === EVENT_TYPE.startEncryption) {
      return { cause: 'encryption', summary: `${this.#name} is encrypted`, file: this.#name };
    }
    const read = await this.#read(header, position);
    if (read !== undefined) return read;
    if (this.#checksums && !(await this.#checksumHolds(header, position))) {
      return this.#damaged(`the checksum of the event at ${position} is wrong`);
    }
    return header;
  }

  /** Takes what a proof needs from the event. @returns a problem where there is one */
  async #read(header: EventHeader, position: number): Promise<BinlogProblem | undefined> {
    switch (header.type) {
      case EVENT_TYPE.formatDescription: {
        const description = readFormatDescription(await this.#body(header, position));
        if (description === undefined) return this.#damaged('its format description is too short');
        if (!/mariadb/i.test(description.serverVersion)) return this.#foreign(description.serverVersion);
        this.#checksums = description.checksums;
        return undefined;
      }
      case EVENT_TYPE.gtidList: {
        const list = readGtidList(await this.#body(header, position));
        if (list === undefined) return this.#damaged(`the GTID list at ${position} is too short`);
        this.#header = list;
        return undefined;
      }
      case EVENT_TYPE.gtid: {
        const body = await this.#body(header, position);
        const gtid = readGtid(body, header.serverId);
        this.#open = openedBy(body);
        if (gtid === undefined) return this.#damaged(`the GTID at ${position} is too short`);
        this.#noteTransaction({ gtid, timestampSeconds: header.timestampSeconds, position });
        return undefined;
      }
      case EVENT_TYPE.query: {
        const queryText = readQueryText(await this.#body(header, position), { checksums: this.#checksums });
        this.#noteEnd({ type: header.type, ...(queryText !== undefined && { queryText }) });
        return undefined;
      }
      default:
        this.#noteEnd(header);
        return undefined;
    }
  }

  #noteEnd(event: { type: number; queryText?: string }): void {
    if (this.#open !== undefined && isEndOf(this.#open, event)) this.#open = undefined;
  }

  #noteTransaction(transaction: BinlogTransaction): void {
    if (this.#target !== undefined) this.#targetEnd ??= transaction.position;
    const { gtid } = transaction;
    this.#end.set(keyOf(gtid), gtid.sequence);
    this.#transactions += 1;
    this.#last = transaction;
    const { target } = this.#question;
    if (target !== undefined && keyOf(target) === keyOf(gtid) && target.sequence === gtid.sequence) {
      this.#target = transaction;
    }
  }

  #noteBackupPosition(position: number): void {
    if (position !== this.#question.backupPosition) return;
    this.#atBackup = new Map([...stateOf(this.#header), ...this.#end]);
  }

  async #checksumHolds(header: EventHeader, position: number): Promise<boolean> {
    const end = position + header.sizeBytes - CHECKSUM_BYTES;
    let sum = 0;
    for (let offset = position; offset < end;) {
      const piece = Buffer.from(await this.#bytes(offset, Math.min(CHUNK_BYTES, end - offset)));
      if (offset === position && header.type === EVENT_TYPE.formatDescription) {
        piece.writeUInt16LE(header.flags & ~IN_USE_FLAG, EVENT_HEADER_BYTES - 2);
      }
      sum = crc32(piece, sum);
      offset += piece.length;
    }
    return (await this.#bytes(end, CHECKSUM_BYTES)).readUInt32LE(0) === sum;
  }

  #body(header: EventHeader, position: number): Promise<Buffer> {
    const length = Math.min(header.sizeBytes - EVENT_HEADER_BYTES, MAX_PARSED_BODY_BYTES);
    return this.#bytes(position + EVENT_HEADER_BYTES, length);
  }

  /** A view of `length` bytes; shorter at the end of the file. Valid until the next call. */
  async #bytes(position: number, length: number): Promise<Buffer> {
    const offset = position - this.#windowStart;
    if (offset >= 0 && offset + length <= this.#window.length)
      return this.#window.subarray(offset, offset + length);
    const { buffer, bytesRead } = await this.#file.read({
      buffer: Buffer.allocUnsafe(Math.max(length, CHUNK_BYTES)),
      position,
    });
    this.#window = buffer.subarray(0, bytesRead);
    this.#windowStart = position;
    return this.#window.subarray(0, length);
  }

  #result(end: number): BinlogScan {
    return {
      file: this.#name,
      sizeBytes: this.#size,
      checksums: this.#checksums,
      header: this.#header,
      end: this.#end,
      transactions: this.#transactions,
      ...(this.#last && { last: this.#last }),
      ...(this.#atBackup && { atBackup: this.#atBackup }),
      ...(this.#target && { target: { ...this.#target, endPosition: this.#targetEnd ?? end } }),
    };
  }

  #cut(position: number): BinlogProblem {
    return this.#damaged(`it ends in the middle of the event at ${position} (${this.#size} B)`);
  }

  #damaged(what: string): BinlogProblem {
    return { cause: 'binlog-damaged', summary: `${this.#name}: ${what}`, file: this.#name };
  }

  #foreign(serverVersion: string): BinlogProblem {
    const summary = `${this.#name} is of server ${serverVersion}: the continuity of its binary logs cannot be proven offline`;
    return { cause: 'unsupported', summary, file: this.#name };
  }
}
