import type { BackupCompression, BackupLayout } from './rung.js';

/** `<path>.<20-digit number>`, as `xbcloud put` names its chunks. */
const CHUNK = /^(.+)\.(\d{20})$/;
const STREAM = /^[^/]+\.(mbstream|xbstream)(\.zst)?$/;
/** zstd, lz4, qpress, and xtrabackup's encryption, in any order. */
const COMPRESSION_SUFFIX = /(\.(zst|lz4|qp|xbcrypt))+$/;

/** The three files without which nothing can be restored, or not to a point in time. */
export type MetadataPart = 'checkpoints' | 'info' | 'binlog_info';
const METADATA_PARTS = ['checkpoints', 'info', 'binlog_info'] as const satisfies readonly MetadataPart[];
const METADATA = /^(?:xtrabackup|mariadb_backup)_(checkpoints|info|binlog_info)$/;

export interface XbcloudChunk {
  /** The file that the chunk is a part of. */
  readonly file: string;
  readonly number: bigint;
}

export function xbcloudChunk(name: string): XbcloudChunk | undefined {
  const [, file, digits] = CHUNK.exec(name) ?? [];
  return file === undefined || digits === undefined ? undefined : { file, number: BigInt(digits) };
}

export function isStream(name: string): boolean {
  return STREAM.test(name);
}

/** The file's name without suffixes of compression, encryption and chunk. */
export function bareName(name: string): string {
  return (xbcloudChunk(name)?.file ?? name).replace(COMPRESSION_SUFFIX, '');
}

/** What the objects themselves look like: a plan that says otherwise is wrong, not the backup. */
export function layoutOf(names: readonly string[]): BackupLayout {
  if (names.some((name) => xbcloudChunk(name) !== undefined)) return 'xbcloud';
  return names.some(isStream) ? 'stream' : 'directory';
}

export function compressionOf(names: readonly string[]): BackupCompression {
  return names.some((name) => (xbcloudChunk(name)?.file ?? name).endsWith('.zst')) ? 'zstd' : 'none';
}

/** Parts of the metadata trio that are not there, under their old or new names, compressed or in chunks. */
export function missingMetadata(names: readonly string[]): MetadataPart[] {
  const found = new Set(names.map((name) => METADATA.exec(bareName(name))?.[1]));
  return METADATA_PARTS.filter((part) => !found.has(part));
}

/** Files whose chunks do not count 0, 1, 2, … without a hole; one line each. */
export function chunkHoles(names: readonly string[]): string[] {
  const numbers = new Map<string, bigint[]>();
  for (const name of names) {
    const chunk = xbcloudChunk(name);
    if (chunk === undefined) continue;
    const known = numbers.get(chunk.file);
    if (known) known.push(chunk.number);
    else numbers.set(chunk.file, [chunk.number]);
  }
  return [...numbers].flatMap(([file, list]) => {
    list.sort((a, b) => (a < b ? -1 : 1));
    const hole = list.findIndex((number, index) => number !== BigInt(index));
    return hole === -1 ? [] : [`${file}: chunk ${hole} is not there, chunk ${list[hole]} is`];
  });
}
