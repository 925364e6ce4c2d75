import { EVENT_HEADER_BYTES, EVENT_TYPE, readEventHeader } from '../../src/domain/drill/binlog-event.js';
import type { ObjectDamage } from './corpus-case.js';
import { flipBit } from './file-damages.js';
import { splitStream } from '../backup-producer/xbcloud-chunks.js';

const streamKeys = ['backup.mbstream', 'backup.mbstream.zst'];

function dataKeys({ objects }: ObjectDamage): string[] {
  return [...objects].flatMap(([key, { length }]) => (length > 60_000 ? [key] : []));
}

function change({ objects }: ObjectDamage, key: string, edit: (content: Buffer) => Buffer): void {
  const content = objects.get(key);
  if (content === undefined) throw new Error(`no object ${key}`);
  objects.set(key, edit(Buffer.from(content))); // sources share what they hold
}

function streamKey({ objects }: ObjectDamage): string {
  const key = streamKeys.find((candidate) => objects.has(candidate));
  if (key === undefined) throw new Error('no stream');
  return key;
}

export function cutStream(damage: ObjectDamage): string {
  const key = streamKey(damage);
  const percent = damage.random.integer(30, 95);
  change(damage, key, (content) => content.subarray(0, Math.floor((content.length * percent) / 100)));
  return `${key} cut at ${percent}%`;
}

/** Every chunk that is left is whole: the stream ends as if it were complete. */
export function cutStreamBetweenChunks(damage: ObjectDamage): string {
  const key = streamKey(damage);
  let kept = 0;
  change(damage, key, (content) => {
    const chunks = splitStream(content).map((chunk) => chunk.content);
    kept = Math.floor((chunks.length * damage.random.integer(40, 90)) / 100);
    return Buffer.concat(chunks.slice(0, kept));
  });
  return `${key} cut behind chunk ${kept}`;
}

export function flipBitInStream(damage: ObjectDamage): string {
  const key = streamKey(damage);
  return flipBitIn(damage, key);
}

function flipBitIn(damage: ObjectDamage, key: string): string {
  let offset = 0;
  change(damage, key, (content) => {
    offset = damage.random.integer(Math.floor(content.length / 10), Math.floor(content.length * 0.9));
    return flipBit(content, offset);
  });
  return `bit flipped in ${key}, offset ${offset}`;
}

export function flipBitInObject(damage: ObjectDamage): string {
  return flipBitIn(damage, damage.random.pick(dataKeys(damage)));
}

export function cutObject(damage: ObjectDamage): string {
  const key = damage.random.pick(dataKeys(damage));
  const percent = damage.random.integer(10, 95);
  change(damage, key, (content) => content.subarray(0, Math.floor((content.length * percent) / 100)));
  return `${key} cut at ${percent}%`;
}

export function emptyObject(damage: ObjectDamage): string {
  const key = damage.random.pick(dataKeys(damage));
  change(damage, key, () => Buffer.alloc(0));
  return `${key} is empty`;
}

export function loseObject(damage: ObjectDamage): string {
  const key = damage.random.pick(dataKeys(damage));
  damage.objects.delete(key);
  return `${key} is gone`;
}

export function swapObjects(damage: ObjectDamage): string {
  const [one = '', other = ''] = damage.random.shuffle(
    dataKeys(damage).filter((key) => key.endsWith('.ibd')),
  );
  const [first, second] = [damage.objects.get(one), damage.objects.get(other)];
  if (first === undefined || second === undefined) throw new Error('no two tables');
  damage.objects.set(one, second).set(other, first);
  return `${one} and ${other} have changed places`;
}

/** What a proxy in front of the store may have stored. */
export function storeErrorPage(damage: ObjectDamage): string {
  const key = damage.random.pick(dataKeys(damage));
  damage.objects.set(key, Buffer.from('<html><body><h1>503 Service Unavailable</h1></body></html>\n'));
  return `${key} is an error page`;
}

/** The uploader was killed: the stream is short, and what goes up last is not there. */
export function interruptUpload(damage: ObjectDamage): string {
  const cut = cutStream(damage);
  const last = ['xtrabackup_binlog_info', 'xtrabackup_info', 'xtrabackup_checkpoints', 'manifest.sha256'];
  for (const key of last) damage.objects.delete(key);
  return `${cut}; no metadata, no manifest`;
}

/** A chunk of a file that has several, or only its end. */
export const loseChunk =
  (which: 'first' | 'last') =>
  (damage: ObjectDamage): string => {
    const ends = [...damage.objects.keys()].filter((key) => key.endsWith('.00000000000000000002'));
    const end = damage.random.pick(ends);
    const key = which === 'last' ? end : end.replace(/2$/, '0');
    damage.objects.delete(key);
    return `${key} is gone`;
  };

export const loseBinlog =
  (which: 'first' | 'middle') =>
  (damage: ObjectDamage): string => {
    const files = binlogs(damage);
    const key = which === 'first' ? (files[0] ?? '') : damage.random.pick(files.slice(1, -1));
    damage.objects.delete(key);
    return `${key} is gone`;
  };

export function flipBitInBinlog(damage: ObjectDamage): string {
  return flipBitIn(damage, damage.random.pick(binlogs(damage).slice(-1)));
}

/** In the middle of an event, or between two of one transaction. */
export const cutLastBinlog =
  (where: 'within' | 'between') =>
  (damage: ObjectDamage): string => {
    const key = binlogs(damage).at(-1) ?? '';
    let end = 0;
    change(damage, key, (content) => {
      const events = eventsOf(content);
      const candidates =
        where === 'between'
          ? events.flatMap(({ position, isInside }) => (isInside ? [position] : [])).slice(-4)
          : bytesOf(events.findLast(({ isInside }) => isInside));
      end = damage.random.pick(candidates);
      return content.subarray(0, end);
    });
    return `${key} ends at ${end}`;
  };

interface BinlogEvent {
  readonly position: number;
  readonly sizeBytes: number;
  /** A transaction goes on with it: cut before any other event a file is whole, and only ends earlier. */
  readonly isInside: boolean;
}

const ROTATE = 4;
const BINLOG_CHECKPOINT = 161;

function eventsOf(content: Buffer): BinlogEvent[] {
  const { formatDescription, gtid, gtidList } = EVENT_TYPE;
  const outside = new Set<number>([formatDescription, gtid, gtidList, ROTATE, BINLOG_CHECKPOINT]);
  const events: BinlogEvent[] = [];
  for (let position = 4; position + EVENT_HEADER_BYTES <= content.length;) {
    const { type, sizeBytes } = readEventHeader(content.subarray(position));
    events.push({ position, sizeBytes, isInside: !outside.has(type) });
    position += sizeBytes;
  }
  return events;
}

function bytesOf(event: BinlogEvent | undefined): number[] {
  if (event === undefined) throw new Error('no transaction in the last binary log');
  return Array.from({ length: event.sizeBytes - 1 }, (_, index) => event.position + index + 1);
}

function binlogs({ objects }: ObjectDamage): string[] {
  return [...objects.keys()].filter((key) => key.startsWith('binlog.'));
}
