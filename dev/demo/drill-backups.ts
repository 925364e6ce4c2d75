import { randomInt } from 'node:crypto';
import { cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { packBackup } from '../backup-producer/pack-backup.js';
import { uploadObjects, withManifest } from '../backup-producer/publish-backup.js';
import type { BackupProducer, TakenBackup } from '../backup-producer/start-backup-producer.js';
import { startWriteLoad } from '../backup-producer/write-load.js';
import type { PageDamage } from '../fault-corpus/corpus-case.js';
import {
  cutInsidePage,
  flipBitInPage,
  repeatPage,
  zeroPartOfPage,
  zeroWholePage,
} from '../fault-corpus/file-damages.js';
import { seededRandom } from '../seeded-random.js';
import type { S3Client } from '../object-store/s3-client.js';
import type { ProcessGroup } from '../processes/process-group.js';

/** Kinds of the fault corpus that `mariadb-backup --prepare` rarely sees. */
const DAMAGES: readonly (readonly [what: string, damage: (of: PageDamage) => Promise<string>])[] = [
  ['part of a page is zeroed', zeroPartOfPage],
  ['a bit of a page is flipped', flipBitInPage],
  ['a page is zeroed', zeroWholePage],
  ['a page holds what another one holds', repeatPage],
  ['the file is cut inside a page', cutInsidePage],
];
const MAX_DRAWS = 20;

export interface DamagedBackup {
  /** What was done, and where. */
  readonly done: string;
  /** Draws the kind, the table and the place again. */
  readonly seed: number;
  /** Last line of `mariadb-backup --prepare` over a copy of it. */
  readonly prepareSays: string;
}

export interface BackupTarget {
  readonly client: S3Client;
  readonly bucket: string;
  /** Ends in `/`. */
  readonly prefix: string;
}

export interface PublishedBackups {
  /** Oldest first; the last one is the damaged one. */
  readonly ids: readonly [string, string, string];
  readonly damage: DamagedBackup;
}

/** Takes three real backups of a server that is being written to, damages the newest, and uploads them. */
export async function publishBackups(
  group: ProcessGroup,
  { producer, target }: { producer: BackupProducer; target: BackupTarget },
): Promise<PublishedBackups> {
  const load = await startWriteLoad(group, producer.server);
  const take = () => producer.takeBackup({ output: 'directory' });
  const upload = (backup: TakenBackup) => uploadBackup(group, { producer, backup, target });
  const oldest = await take();
  const before = await take();
  const newest = await take();
  await load.stop();
  const [damage] = await Promise.all([
    damageUnnoticed(group, { producer, backup: newest }),
    upload(oldest),
    upload(before),
  ]);
  await upload(newest);
  return { ids: [oldest.id, before.id, newest.id], damage };
}

async function uploadBackup(
  group: ProcessGroup,
  { producer, backup, target }: { producer: BackupProducer; backup: TakenBackup; target: BackupTarget },
): Promise<void> {
  const { id, folder, baseline } = backup;
  const { client, bucket, prefix } = target;
  const { tools } = producer.server;
  const packed = await packBackup({ group, tools }, { folder, layout: 'directory', compression: 'none' });
  await uploadObjects(client, { bucket, prefix: `${prefix}${id}/` }, withManifest(packed, baseline));
}

/** Draws until it is one that `--prepare` does not notice, and leaves the backup so. */
async function damageUnnoticed(
  group: ProcessGroup,
  { producer, backup }: { producer: BackupProducer; backup: TakenBackup },
): Promise<DamagedBackup> {
  const firstSeed = randomInt(1_000_000);
  const damaged = join(group.folder, 'damaged');
  for (let seed = firstSeed; seed < firstSeed + MAX_DRAWS; seed += 1) {
    await cp(backup.folder, damaged, { recursive: true });
    const random = seededRandom(seed);
    const [what, damage] = random.pick(DAMAGES);
    const place = await damage({ folder: damaged, random });
    const prepareSays = await prepareCopy(group, { producer, folder: damaged });
    if (prepareSays !== undefined) {
      await rm(backup.folder, { recursive: true });
      await rename(damaged, backup.folder);
      return { done: `${what}: ${place}`, seed, prepareSays };
    }
    await rm(damaged, { recursive: true });
  }
  throw new Error(`--prepare noticed all of ${MAX_DRAWS} damages, from seed ${firstSeed} on`);
}

/** @returns the last line, or `undefined` where it did not end well */
async function prepareCopy(
  group: ProcessGroup,
  { producer, folder }: { producer: BackupProducer; folder: string },
): Promise<string | undefined> {
  const copy = join(group.folder, 'prepared');
  await cp(folder, copy, { recursive: true });
  try {
    const tool = join(producer.server.tools.binDir, 'mariadb-backup');
    const args = ['--prepare', `--target-dir=${copy}`];
    const { exitCode, stderr } = await execa(tool, args, { reject: false, timeout: 60_000 });
    const last = stderr.trimEnd().split('\n').at(-1) ?? '';
    return exitCode === 0 && last.endsWith('completed OK!') ? last : undefined;
  } finally {
    await rm(copy, { recursive: true });
  }
}
