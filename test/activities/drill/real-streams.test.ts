import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packBackup } from '../../../dev/backup-producer/pack-backup.js';
import { manifestOf } from '../../../dev/backup-producer/publish-backup.js';
import {
  startBackupProducer,
  type BackupProducer,
  type TakenBackup,
} from '../../../dev/backup-producer/start-backup-producer.js';
import { checksums } from '../../../src/activities/drill/rungs/checksums.js';
import { inventory } from '../../../src/activities/drill/rungs/inventory.js';
import { unpack } from '../../../src/activities/drill/rungs/unpack.js';
import { startDrillBucket, type DrillBucket } from '../../storage/drill-bucket.js';
import { startSession } from './drill-world.js';

let world: DrillBucket;
let producer: BackupProducer;
let backup: TakenBackup;

beforeAll(async () => {
  world = await startDrillBucket();
  producer = await startBackupProducer(world.group);
  backup = await producer.takeBackup({ output: 'stream' });
}, 300_000);
afterAll(() => world?.stop());

async function filesOf(folder: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(relative(folder, file), await readFile(file));
  }
  return files;
}

it.each([
  ['stream', 'none'],
  ['stream', 'zstd'],
  ['xbcloud', 'none'],
  ['xbcloud', 'zstd'],
  ['directory', 'zstd'],
] as const)(
  'a real backup as %s, %s, is unpacked to what mbstream makes of it',
  async (layout, compression) => {
    const { folder, streamFile } = backup;
    const tools = producer.server.tools;
    const objects = await packBackup(
      { group: world.group, tools },
      { folder, streamFile, layout, compression },
    );
    objects.set('manifest.sha256', manifestOf(objects));
    const id = `${layout}-${compression}`;
    for (const [name, content] of objects) await world.put(`${id}/${name}`, content);
    const store = world.open(world.reader());
    const session = await startSession({
      store,
      location: world.reader(),
      id,
      plan: { layout, compression },
    });
    try {
      const listed = await inventory(session);
      expect(listed).toMatchObject({ outcome: 'passed', facts: { layout, compression } });
      const known = session.learn(listed);
      expect(await checksums(known)).toMatchObject({ outcome: 'passed', facts: { manifest: 'verified' } });
      expect(await unpack(known)).toMatchObject({ outcome: 'passed' });
      const [expected, unpacked] = [await filesOf(folder), await filesOf(known.folder.backup)];
      expect([...unpacked.keys()].sort()).toEqual([...expected.keys()].sort());
      const different = [...expected].filter(([name, content]) => !unpacked.get(name)?.equals(content));
      expect(different.map(([name]) => name)).toEqual([]);
    } finally {
      await session.remove();
    }
  },
);
