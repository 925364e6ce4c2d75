import type { RungName } from '../rung.js';

/** What is true when the rung has passed. */
export const RUNG_CLAIMS: Readonly<Record<RungName, string>> = {
  inventory: 'Everything that belongs to the backup is there',
  checksums: 'Every byte is the one that was uploaded',
  unpack: 'Stream and compression are whole',
  metadata: 'A full backup, of versions that fit, with nothing hostile in it',
  pages: 'Every page of every table file is sound',
  prepare: 'The redo log was applied to its very end',
  'copy-back': 'The data lies in an empty folder of the drill',
  start: 'A private server came up on it',
  tables: 'Every table can be read, none is missing',
  data: 'The content is what it was at backup time',
  pitr: 'The binary logs go on without a gap, up to the target',
};
