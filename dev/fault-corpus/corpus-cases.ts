import type { CorpusCase, Expectation, ExpectedRung } from './corpus-case.js';
import * as file from './file-damages.js';
import * as object from './object-damages.js';
import { seededRandom } from '../seeded-random.js';

const pass: Expectation = { verdict: 'pass', rungs: [] };
const fail = (...rungs: ExpectedRung[]): Expectation => ({ verdict: 'fail', rungs });
const refused = (...rungs: ExpectedRung[]): Expectation => ({ verdict: 'inconclusive', rungs });
const untouched = () => 'nothing';

const healthy: CorpusCase[] = [
  { name: 'directory under write load', expected: pass },
  { name: 'files compressed', expected: pass, compression: 'zstd' },
  { name: 'stream under write load', expected: pass, layout: 'stream' },
  { name: 'compressed stream', expected: pass, layout: 'stream', compression: 'zstd' },
  { name: 'chunks', expected: pass, layout: 'xbcloud' },
  { name: 'chunks of compressed files', expected: pass, layout: 'xbcloud', compression: 'zstd' },
  { name: 'tables changed during the backup', expected: pass, source: 'ddl', layout: 'stream' },
  { name: 'nobody wrote', expected: pass, source: 'quiet' },
  { name: 'an older one of the same server', expected: pass, source: 'older' },
  { name: 'no manifest, but a baseline', expected: pass, layout: 'stream', manifest: false },
  { name: 'manifest, but no baseline', expected: pass, layout: 'stream', baseline: 'none' },
  { name: 'with all binlogs', expected: pass, layout: 'stream', damageBinlogs: untouched },
];

/** The source or the way to the store was bad, and the manifest agrees with what was uploaded. */
const badAtSource: CorpusCase[] = [
  { name: 'part of a page zeroed', expected: fail('pages'), damageFiles: file.zeroPartOfPage },
  { name: 'bit flipped in a page', expected: fail('pages'), damageFiles: file.flipBitInPage },
  {
    name: 'a page zeroed as if never used',
    expected: fail('pages', 'prepare', 'tables', 'data'),
    damageFiles: file.zeroWholePage,
  },
  {
    name: 'a good page twice',
    expected: fail('pages', 'prepare', 'tables', 'data'),
    damageFiles: file.repeatPage,
  },
  { name: 'table cut inside a page', expected: fail('pages'), damageFiles: file.cutInsidePage },
  {
    // A table that grew while it was copied says in page 0 less than it has: then its length says nothing.
    name: 'table cut between pages',
    expected: fail('pages', 'prepare', 'tables', 'data'),
    damageFiles: file.cutBetweenPages,
  },
  {
    name: 'table file missing',
    expected: fail('inventory', 'metadata', 'prepare', 'tables', 'data'),
    damageFiles: file.removeFile('shop/orders.ibd', 'shop/attachments.ibd', 'shop/payments#P#p2.ibd'),
  },
  {
    name: 'table file empty',
    expected: fail('inventory', 'pages'),
    damageFiles: file.emptyFile('shop/orders.ibd', 'crm/contacts.ibd'),
  },
  {
    name: 'schema missing',
    expected: fail('inventory', 'tables', 'data'),
    damageFiles: file.removeFile('crm'),
  },
  {
    name: 'schema without tables missing',
    expected: fail('inventory', 'tables', 'data'),
    damageFiles: file.removeFile('empty_schema'),
  },
  {
    name: 'definition of a table missing',
    expected: fail('inventory', 'tables', 'data'),
    damageFiles: file.removeFile('shop/orders.frm', 'shop/customers.frm', 'crm/contacts.frm'),
  },
  {
    name: 'Aria data cut',
    expected: fail('tables', 'data'),
    damageFiles: file.cutFile('shop/notes.MAD', { keep: [20, 80] }),
  },
  {
    name: 'MyISAM data cut',
    expected: fail('tables', 'data'),
    damageFiles: file.cutFile('shop/legacy.MYD', { keep: [20, 80] }),
  },
  {
    name: 'accounts missing: the server does not start',
    expected: fail('start', 'tables'),
    damageFiles: file.removeFiles('mysql/global_priv.frm', 'mysql/global_priv.MAI', 'mysql/global_priv.MAD'),
  },
  {
    name: 'redo log lost its end',
    expected: fail('prepare'),
    damageFiles: file.cutFile('ib_logfile0', { keep: [70, 97] }),
  },
  { name: 'redo log cut', expected: fail('prepare'), damageFiles: file.cutRedoLogToItsBeginning },
  { name: 'bit flipped in the redo log', expected: fail('prepare'), damageFiles: file.flipBitInRedoLog },
  {
    name: 'redo log missing',
    expected: fail('inventory', 'metadata', 'prepare'),
    damageFiles: file.removeFile('ib_logfile0'),
  },
  {
    name: 'system tablespace missing',
    expected: fail('inventory', 'metadata', 'prepare'),
    damageFiles: file.removeFile('ibdata1'),
  },
  {
    name: 'system tablespace cut',
    expected: fail('pages', 'prepare'),
    damageFiles: file.cutFile('ibdata1', { keep: [20, 70] }),
  },
  {
    name: 'system tablespace damaged',
    expected: fail('pages', 'prepare', 'start', 'tables', 'data'),
    damageFiles: file.flipBitsInSystemTablespace,
  },
  {
    name: 'backup-my.cnf missing',
    expected: fail('inventory', 'metadata', 'prepare'),
    damageFiles: file.removeFile('backup-my.cnf'),
  },
  {
    name: 'checkpoints missing',
    expected: fail('inventory'),
    damageFiles: file.removeFile('xtrabackup_checkpoints'),
  },
  {
    name: 'info and binlog position missing',
    expected: fail('inventory'),
    damageFiles: file.removeFiles('xtrabackup_info', 'xtrabackup_binlog_info'),
  },
  {
    name: 'increment without its base',
    expected: fail('metadata'),
    damageFiles: async (damage) =>
      [
        await file.replaceText('xtrabackup_checkpoints', [/full-backuped/, 'incremental'])(damage),
        await file.replaceText('xtrabackup_checkpoints', [/from_lsn = 0/, 'from_lsn = 48100'])(damage),
      ].join(', '),
  },
  {
    name: 'LSNs in the wrong order',
    expected: fail('metadata', 'prepare'),
    damageFiles: file.replaceText('xtrabackup_checkpoints', [/last_lsn = \d+/, 'last_lsn = 12345']),
  },
  {
    name: 'a table of the backup before',
    expected: fail('pages', 'prepare', 'tables', 'data'),
    damageFiles: file.bringOlderTable,
  },
  {
    name: 'all data of the backup before',
    expected: fail('metadata', 'data'),
    source: 'older',
    baseline: 'loaded',
  },
  {
    name: 'data of the backup before, metadata of this one',
    expected: fail('metadata', 'prepare', 'data'),
    source: 'older',
    damageFiles: file.bringNewerMetadata,
  },
  {
    name: 'two tables have changed places',
    expected: fail('metadata', 'pages', 'prepare', 'start', 'tables', 'data'),
    damageFiles: file.swapTables,
  },
  {
    name: 'source with a damaged page, backup told to go on',
    expected: fail('inventory', 'metadata', 'pages', 'prepare'),
    source: 'corrupt-source',
  },
  { name: 'server newer than the tool', expected: fail('metadata'), source: 'newer-server' },
];

/** What happens to streams and chunks on their way; the manifest agrees. */
const badStreams: CorpusCase[] = [
  { name: 'stream cut', expected: fail('unpack'), layout: 'stream', damageData: object.cutStream },
  {
    name: 'bit flipped in the stream',
    expected: fail('unpack'),
    layout: 'stream',
    damageData: object.flipBitInStream,
  },
  {
    name: 'compressed stream cut',
    expected: fail('unpack'),
    layout: 'stream',
    compression: 'zstd',
    damageData: object.cutStream,
  },
  {
    name: 'bit flipped in the compressed stream',
    expected: fail('unpack'),
    layout: 'stream',
    compression: 'zstd',
    damageData: object.flipBitInStream,
  },
  {
    name: 'stream cut between chunks',
    expected: fail('unpack', 'metadata', 'prepare', 'tables', 'data'),
    layout: 'stream',
    damageData: object.cutStreamBetweenChunks,
  },
  {
    name: 'first chunk of a file missing',
    expected: fail('inventory', 'unpack'),
    layout: 'xbcloud',
    damageData: object.loseChunk('first'),
  },
  {
    name: 'last chunk of a file missing',
    expected: fail('inventory', 'unpack'),
    layout: 'xbcloud',
    damageData: object.loseChunk('last'),
  },
];

/** The store is bad: the manifest knows better. */
const badInStore: CorpusCase[] = [
  { name: 'bit flipped in an object', expected: fail('checksums'), damageStored: object.flipBitInObject },
  {
    name: 'bit flipped in a chunk',
    expected: fail('checksums'),
    layout: 'xbcloud',
    damageStored: object.flipBitInObject,
  },
  { name: 'object cut', expected: fail('checksums'), damageStored: object.cutObject },
  { name: 'object empty', expected: fail('inventory', 'checksums'), damageStored: object.emptyObject },
  { name: 'object missing', expected: fail('inventory', 'checksums'), damageStored: object.loseObject },
  { name: 'objects have changed places', expected: fail('checksums'), damageStored: object.swapObjects },
  {
    name: 'error page instead of an object',
    expected: fail('checksums'),
    damageStored: object.storeErrorPage,
  },
  {
    name: 'upload interrupted',
    expected: fail('inventory'),
    layout: 'stream',
    damageStored: object.interruptUpload,
  },
];

const badBinlogs: CorpusCase[] = (
  [
    ['first binlog missing', object.loseBinlog('first')],
    ['binlog in the middle missing', object.loseBinlog('middle')],
    ['bit flipped in a binlog', object.flipBitInBinlog],
    ['last binlog cut', object.cutLastBinlog('within')],
    ['last binlog cut between two events', object.cutLastBinlog('between')],
  ] as const
).map(([name, damageBinlogs]) => ({ name, expected: fail('pitr'), layout: 'stream', damageBinlogs }));

const cannotTell: CorpusCase[] = [
  {
    name: 'neither manifest nor baseline',
    expected: refused('checksums', 'data'),
    layout: 'stream',
    manifest: false,
    baseline: 'none',
  },
  { name: 'link file to elsewhere', expected: refused('metadata'), damageFiles: file.addLinkFile },
  {
    name: 'options that load code',
    expected: refused('metadata'),
    damageFiles: file.replaceText('backup-my.cnf', [
      /innodb_page_size/,
      'plugin_load_add=/tmp/evil.so\ninnodb_page_size',
    ]),
  },
  {
    name: 'options that point elsewhere',
    expected: refused('metadata'),
    damageFiles: file.replaceText('backup-my.cnf', [
      /innodb_undo_directory=\.\//,
      'innodb_undo_directory=/var/lib/elsewhere',
    ]),
  },
];

/** And how many of each class are drawn where time is short. */
const classes: readonly { readonly members: readonly CorpusCase[]; readonly drawn: number }[] = [
  { members: healthy, drawn: 5 },
  { members: badAtSource, drawn: 6 },
  { members: badStreams, drawn: 2 },
  { members: badInStore, drawn: 3 },
  { members: badBinlogs, drawn: 2 },
  { members: cannotTell, drawn: 2 },
];

/** One fault each. The healthy ones are as many kinds as the product must not refuse. */
export const corpusCases: readonly CorpusCase[] = classes.flatMap(({ members }) => members);

/** Twenty, with some of every class, as the seed has it. */
export function drawnCases(seed: number): CorpusCase[] {
  const random = seededRandom(seed);
  return classes.flatMap(({ members, drawn }) => random.shuffle(members).slice(0, drawn));
}
