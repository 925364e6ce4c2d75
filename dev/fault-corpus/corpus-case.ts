import type { Baseline } from '../../src/domain/drill/baseline.js';
import type { BackupCompression, BackupLayout, BackupObjects } from '../backup-producer/pack-backup.js';
import type { CorpusSources } from './corpus-sources.js';
import type { SeededRandom } from '../seeded-random.js';

/** The rungs of docs/restore-drills.md, in their order. */
export type ExpectedRung =
  | 'inventory'
  | 'checksums'
  | 'unpack'
  | 'metadata'
  | 'pages'
  | 'prepare'
  | 'copy-back'
  | 'start'
  | 'tables'
  | 'data'
  | 'pitr';

/** What a drill must say. */
export interface Expectation {
  verdict: 'pass' | 'fail' | 'inconclusive';
  /** The rung that stops it; several where more than one may rightly see it first. Empty for a pass. */
  rungs: readonly ExpectedRung[];
}

export interface FileDamage extends PageDamage {
  sources: CorpusSources;
}

/** What a damage needs that takes nothing from another backup. */
export interface PageDamage {
  /** A private copy of the backup's files. */
  folder: string;
  random: SeededRandom;
}

export interface ObjectDamage {
  objects: BackupObjects;
  random: SeededRandom;
}

/**
 * One backup of the corpus. Damage of files and of data objects comes before the manifest, which agrees with it then, as
 * when the source was bad; damage of stored objects comes after, as when the store was.
 */
export interface CorpusCase {
  /** For people; the code under test never sees it. */
  name: string;
  expected: Expectation;
  /** Which of the real backups. Default: `loaded`. */
  source?: 'loaded' | 'older' | 'ddl' | 'quiet' | 'newer-server' | 'corrupt-source';
  /** Default: `directory`. */
  layout?: BackupLayout;
  /** Default: `none`. */
  compression?: BackupCompression;
  /** Each answers what it did, with offsets, for the list of expectations. */
  damageFiles?: (damage: FileDamage) => Promise<string>;
  damageData?: (damage: ObjectDamage) => string;
  damageStored?: (damage: ObjectDamage) => string;
  /** Stored with it. Default: the source's own. */
  baseline?: 'own' | 'none' | 'loaded';
  /** Default: true. */
  manifest?: boolean;
  /** With binlogs, and the drill has to replay them. Undefined: without. */
  damageBinlogs?: (damage: ObjectDamage) => string;
}

/** One case as the code under test may see it. */
export interface PublishedCase {
  /** Neutral: `c01`, … in an order drawn from the seed. */
  id: string;
  /** Ends in `/`; the backup is at `<prefix><backupId>/`, binlogs at `<prefix>binlogs/`. */
  prefix: string;
  backupId: string;
  layout: BackupLayout;
  compression: BackupCompression;
  pitrRequired: boolean;
  /** What the end of the binlogs holds; only with `pitrRequired`. */
  pitrTarget: Baseline | undefined;
}
