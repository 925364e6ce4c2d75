import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Baseline } from '../../src/domain/drill/baseline.js';
import type { BackupObjects } from './pack-backup.js';
import { manifestOf } from './publish-backup.js';
import { measureBaseline } from './measure-baseline.js';
import { binlogFilesBetween } from './reference-server.js';
import type { BackupProducer, TakenBackup } from './start-backup-producer.js';

export interface BinlogArchive {
  /** For `<prefix>binlogs/`: the files and their `manifest.sha256`. */
  objects: BackupObjects;
  /** What the database held at the end of the last file. */
  baseline: Baseline;
}

/** Closes the server's present binlog and takes all from the one that the backup ends in; writers may go on. */
export async function archiveBinlogs(
  { server, reference }: BackupProducer,
  { end, baseline }: Pick<TakenBackup, 'end' | 'baseline'>,
): Promise<BinlogArchive> {
  await server.sql('FLUSH BINARY LOGS');
  const [open = ''] = (await server.sql('SHOW MASTER STATUS')).split('\t');
  const files = binlogFilesBetween(end.file, open).slice(0, -1);
  const objects: BackupObjects = new Map();
  for (const file of files) objects.set(file, await readFile(join(server.datadir, file)));
  const last = files.at(-1) ?? end.file;
  await reference.advanceTo({ file: last, position: objects.get(last)?.length ?? end.position });
  const gtid = (await server.sql(`SELECT BINLOG_GTID_POS('${open}', 4)`)).trim();
  const measured = await measureBaseline(reference.server, { gtid, canary: baseline.canary });
  return { objects: objects.set('manifest.sha256', manifestOf(objects)), baseline: measured };
}
