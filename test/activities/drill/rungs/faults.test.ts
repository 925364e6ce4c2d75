import {
  appendFile,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DrillPlanSource } from '../../../../src/domain/drill/drill-plan.js';
import type { RungName } from '../../../../src/domain/drill/rung.js';
import { climb, newSession, startDrillWorld, type ClimbOptions, type DrillWorld } from './drill-world.js';

let world: DrillWorld;
beforeAll(async () => {
  world = await startDrillWorld();
});
afterAll(() => world.end());

interface Fault {
  readonly name: string;
  readonly damage: (backup: string, run: string) => Promise<unknown>;
  readonly rung: RungName;
  readonly outcome: 'failed' | 'inconclusive' | 'passed';
  readonly cause?: string;
  /** Fits one line of the evidence, with its source. */
  readonly evidence?: RegExp;
  readonly plan?: Partial<DrillPlanSource>;
  readonly climb?: ClimbOptions;
}

const ORDERS = 'shop/orders.ibd';

async function writeAt(
  file: string,
  { position, bytes }: { position: number; bytes: Buffer },
): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.write(bytes, 0, bytes.length, position);
  } finally {
    await handle.close();
  }
}

const flipPage4 = (backup: string) =>
  writeAt(join(backup, ORDERS), { position: 4 * 16_384 + 200, bytes: Buffer.alloc(16, 0xa5) });

const replaceIn = async (file: string, change: (text: string) => string) =>
  writeFile(file, change(await readFile(file, 'utf8')));

const faults: readonly Fault[] = [
  {
    name: 'a page with wrong bytes',
    damage: flipPage4,
    rung: 'pages',
    outcome: 'failed',
    cause: 'page-corruption',
    evidence: /shop\/orders\.ibd.*page::4 invalid/,
  },
  {
    name: 'a page with wrong bytes that nobody looked for before prepare',
    damage: flipPage4,
    climb: { skip: ['pages'] },
    rung: 'tables',
    outcome: 'failed',
    cause: 'table-corruption',
    evidence: /shop\.orders/,
  },
  {
    name: 'a tablespace cut in the middle of a page',
    damage: (backup) => truncate(join(backup, ORDERS), 40_000),
    rung: 'pages',
    outcome: 'failed',
    cause: 'truncated-file',
    evidence: /shop\/orders\.ibd.*40000 B/,
  },
  {
    name: 'a tablespace cut on the border of a page',
    damage: (backup) => truncate(join(backup, ORDERS), 5 * 16_384),
    rung: 'pages',
    outcome: 'failed',
    cause: 'truncated-file',
    evidence: /shop\/orders\.ibd.*its first page says/,
  },
  {
    name: 'an empty tablespace',
    damage: (backup) => truncate(join(backup, ORDERS), 0),
    rung: 'pages',
    outcome: 'failed',
    cause: 'truncated-file',
    evidence: /shop\/orders\.ibd.*empty/,
  },
  {
    name: 'a tablespace that is not there',
    damage: (backup) => rm(join(backup, ORDERS)),
    rung: 'tables',
    outcome: 'failed',
    cause: 'table-corruption',
    evidence: /shop\.orders/,
  },
  {
    name: 'a schema that is not there, which the plan requires',
    damage: (backup) => rm(join(backup, 'crm'), { recursive: true }),
    plan: { required: { schemas: ['crm'], tables: ['crm.contacts'] } },
    rung: 'tables',
    outcome: 'failed',
  },
  {
    name: 'a definition that is not there',
    damage: (backup) => rm(join(backup, 'shop/customers.frm')),
    rung: 'tables',
    outcome: 'failed',
    evidence: /shop\/customers\.ibd/,
  },
  {
    name: 'no checkpoints',
    damage: (backup) => rm(join(backup, 'xtrabackup_checkpoints')),
    rung: 'metadata',
    outcome: 'failed',
    cause: 'missing-metadata',
    evidence: /xtrabackup_checkpoints/,
  },
  {
    name: 'no info',
    damage: (backup) => rm(join(backup, 'xtrabackup_info')),
    rung: 'metadata',
    outcome: 'failed',
    cause: 'missing-metadata',
  },
  {
    name: 'no position, although PITR is asked for',
    damage: (backup) => rm(join(backup, 'xtrabackup_binlog_info')),
    plan: { pitr: { prefix: 'binlogs/' } },
    rung: 'metadata',
    outcome: 'failed',
    cause: 'missing-metadata',
  },
  {
    name: 'no backup-my.cnf',
    damage: (backup) => rm(join(backup, 'backup-my.cnf')),
    rung: 'metadata',
    outcome: 'failed',
    cause: 'missing-metadata',
  },
  {
    name: 'no redo log',
    damage: (backup) => rm(join(backup, 'ib_logfile0')),
    rung: 'prepare',
    outcome: 'failed',
    cause: 'prepare-failed',
    evidence: /ib_logfile0/,
  },
  {
    name: 'a redo log that was cut after its first records',
    damage: async (backup) => {
      const file = join(backup, 'ib_logfile0');
      await truncate(file, 12_288 + Math.floor(((await stat(file)).size - 12_288) / 2));
    },
    rung: 'prepare',
    outcome: 'failed',
  },
  {
    name: 'no system tablespace',
    damage: (backup) => rm(join(backup, 'ibdata1')),
    rung: 'prepare',
    outcome: 'failed',
  },
  {
    name: 'a backup that a source with corrupt pages went into',
    damage: (backup) => writeFile(join(backup, 'innodb_corrupted_pages'), 'shop/orders\n4 5\n'),
    rung: 'metadata',
    outcome: 'failed',
    cause: 'corrupt-source',
    evidence: /innodb_corrupted_pages.*shop\/orders|shop\/orders/,
  },
  {
    name: 'a tool that is older than the server',
    damage: (backup) =>
      replaceIn(join(backup, 'xtrabackup_info'), (text) =>
        text.replace(/server_version = \S+/, 'server_version = 11.4.5-MariaDB-log'),
      ),
    rung: 'metadata',
    outcome: 'failed',
    cause: 'version-mismatch',
    evidence: /11\.4\.5/,
  },
  {
    name: 'a server newer than the tools of this host',
    damage: (backup) =>
      replaceIn(join(backup, 'xtrabackup_info'), (text) =>
        text.replace(/(server|tool|ibbackup)_version = \S+/g, '$1_version = 11.4.5-MariaDB'),
      ),
    rung: 'metadata',
    outcome: 'inconclusive',
    cause: 'version-mismatch',
  },
  {
    name: 'checkpoints of another backup',
    damage: (backup) =>
      replaceIn(join(backup, 'xtrabackup_checkpoints'), (text) =>
        text.replace(/to_lsn = (\d+)/, 'to_lsn = 40000'),
      ),
    rung: 'metadata',
    outcome: 'failed',
    cause: 'malformed-metadata',
  },
  {
    name: 'an increment alone',
    damage: (backup) =>
      replaceIn(join(backup, 'xtrabackup_checkpoints'), (text) =>
        text.replace('full-backuped', 'incremental').replace('from_lsn = 0', 'from_lsn = 1000'),
      ),
    rung: 'metadata',
    outcome: 'failed',
    cause: 'not-a-full-backup',
  },
  {
    name: 'an end before the beginning',
    damage: (backup) =>
      replaceIn(join(backup, 'xtrabackup_info'), (text) =>
        text.replace(/end_time = .*/, 'end_time = 2001-01-01 00:00:00'),
      ),
    climb: { until: 'metadata' },
    rung: 'metadata',
    outcome: 'passed',
  },
  {
    name: 'the names that newer versions use',
    damage: async (backup) => {
      for (const name of ['checkpoints', 'info', 'binlog_info']) {
        await rename(join(backup, `xtrabackup_${name}`), join(backup, `mariadb_backup_${name}`));
      }
    },
    climb: { until: 'metadata' },
    rung: 'metadata',
    outcome: 'passed',
  },
  {
    name: 'a link file that leads to another folder',
    damage: (backup) => writeFile(join(backup, 'shop/evil.isl'), '/var/lib/mysql/shop/evil.ibd'),
    rung: 'metadata',
    outcome: 'inconclusive',
    cause: 'refused-path',
    evidence: /shop\/evil\.isl.*\/var\/lib\/mysql\/shop\/evil\.ibd/,
  },
  {
    name: 'a symbolic link',
    damage: (backup) => symlink('/etc', join(backup, 'shop/etc')),
    rung: 'metadata',
    outcome: 'inconclusive',
    cause: 'refused-path',
  },
  ...[
    'plugin-load-add=evil.so',
    '!include /etc/passwd',
    '[client]',
    'innodb_data_home_dir=/var/lib/mysql',
    'loose_plugin_dir=/tmp',
    'innodb_undo_directory=/var/lib/mysql',
    'innodb_data_file_path=../../ibdata1:12M',
  ].map((line): Fault => ({
    name: `backup-my.cnf with ${line}`,
    damage: (backup) => appendFile(join(backup, 'backup-my.cnf'), `${line}\n`),
    rung: 'metadata',
    outcome: 'inconclusive',
    cause: 'refused-option',
    evidence: new RegExp(`backup-my\\.cnf:\\d+.*${line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`),
  })),
  {
    name: 'a baseline that the content does not have',
    damage: (_, run) =>
      replaceIn(join(run, 'baseline.json'), (text) => text.replace(/"rows":600/, '"rows":601')),
    rung: 'data',
    outcome: 'failed',
    cause: 'content-mismatch',
    evidence: /600 rows, 601/,
  },
  {
    name: 'a query with another answer',
    damage: () => Promise.resolve(),
    plan: {
      queries: [{ name: 'notes', sql: 'SELECT COUNT(*), NULL FROM shop.legacy', expect: [['7', null]] }],
    },
    rung: 'data',
    outcome: 'failed',
    cause: 'query-mismatch',
    evidence: /notes.*2000/,
  },
  {
    name: 'a query that would change data',
    damage: () => Promise.resolve(),
    plan: { queries: [{ name: 'evil', sql: 'DELETE FROM shop.legacy', expect: '' }] },
    rung: 'data',
    outcome: 'failed',
    cause: 'query-mismatch',
    evidence: /evil.*(read-only|denied)/,
  },
];

describe('a backup with one fault', () => {
  test.each(faults)('$name: $outcome at $rung', async (fault) => {
    const session = await newSession(world, { ...(fault.plan && { plan: fault.plan }) });
    await fault.damage(session.folder.backup, session.folder.run);
    const { rung, finding } = await climb(session, fault.climb);
    expect({
      rung,
      outcome: finding.outcome,
      summary: finding.summary,
      evidence: finding.evidence,
    }).toMatchObject({
      rung: fault.rung,
      outcome: fault.outcome,
    });
    expect(finding.cause).toBe(fault.cause ?? finding.cause);
    const lines = finding.evidence.map(({ source, text }) => `${source ?? ''}: ${text}`).join('\n');
    expect(lines).toMatch(fault.evidence ?? /^/);
    expect((await readdir(world.group.folder)).filter((name) => name.startsWith('drill-'))).toEqual([]);
  });
});
