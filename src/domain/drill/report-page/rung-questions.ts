import type { RungName } from '../rung.js';

/** What a rung asks; its outcome is the answer. */
export const RUNG_QUESTIONS: Readonly<Record<RungName, string>> = {
  inventory: 'Is everything there that belongs to the backup?',
  checksums: 'Is every byte the one that was uploaded?',
  unpack: 'Are stream and compression whole?',
  metadata: 'Is it a full backup, of versions that fit, with nothing hostile in it?',
  pages: 'Is every page of every table file sound?',
  prepare: 'Can the redo log be applied to its very end?',
  'copy-back': 'Can the data be put into an empty folder?',
  start: 'Does a private server come up on it?',
  tables: 'Can every table be read, and is none missing?',
  data: 'Is the content what it was at backup time?',
  pitr: 'Do the binary logs go on without a gap, up to the target?',
};
