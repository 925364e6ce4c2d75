import { cp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { clientArgs, startMariadb, type MariadbServer } from '../mariadb/start-mariadb.js';
import type { ProcessGroup } from '../processes/process-group.js';

/** A place in the binlogs of a server. */
export interface BinlogPosition {
  file: string;
  position: number;
}

/**
 * A second server that follows the first one's binlogs exactly as far as it is told. What it holds then is what a backup
 * with these coordinates must hold, found without the backup and while the first server goes on writing.
 */
export interface ReferenceServer {
  server: MariadbServer;
  /** Replays up to `end`, which must not lie before an earlier one. */
  advanceTo(end: BinlogPosition): Promise<void>;
}

/** `origin` is the data folder of a server that was shut down; `from` is where its next binlog begins. */
export async function startReferenceServer(
  group: ProcessGroup,
  { origin, from }: { origin: string; from: BinlogPosition },
): Promise<ReferenceServer> {
  const datadir = join(group.folder, 'reference-data');
  await cp(origin, datadir, { recursive: true, filter: (path) => !basename(path).startsWith('binlog.') });
  const server = await startMariadb(group, { name: 'reference', datadir, binlog: false });
  let reached = from;
  return {
    server,
    advanceTo: async (end) => {
      if (end.file === reached.file && end.position === reached.position) return;
      await replay({ source: origin, target: server, from: reached, to: end });
      reached = end;
    },
  };
}

interface ReplayOptions {
  /** Data folder with the binlogs. */
  source: string;
  target: MariadbServer;
  from: BinlogPosition;
  to: BinlogPosition;
}

async function replay({ source, target, from, to }: ReplayOptions): Promise<void> {
  const { binDir } = target.tools;
  const reading = [
    '--no-defaults',
    `--start-position=${from.position}`,
    `--stop-position=${to.position}`,
    ...binlogFilesBetween(from.file, to.file).map((file) => join(source, file)),
  ];
  await execa(join(binDir, 'mariadb-binlog'), reading, { buffer: { stdout: false } }).pipe(
    join(binDir, 'mariadb'),
    [...clientArgs(target), '--binary-mode'],
  );
}

/** `binlog.000007`, `binlog.000009` → the three files from the first to the last. */
export function binlogFilesBetween(first: string, last: string): string[] {
  const numberOf = (file: string) => Number(file.slice(file.lastIndexOf('.') + 1));
  const name = first.slice(0, first.lastIndexOf('.'));
  const count = numberOf(last) - numberOf(first) + 1;
  return Array.from(
    { length: count },
    (_, index) => `${name}.${String(numberOf(first) + index).padStart(6, '0')}`,
  );
}
