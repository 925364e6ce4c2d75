import { randomBytes } from 'node:crypto';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { archiveBinlogs, type BinlogArchive } from '../../../../dev/backup-producer/archive-binlogs.js';
import {
  startBackupProducer,
  type BackupProducer,
  type TakenBackup,
} from '../../../../dev/backup-producer/start-backup-producer.js';
import { createProcessGroup, type ProcessGroup } from '../../../../dev/processes/process-group.js';
import type { DrillSession, Rung, WorkFolder } from '../../../../src/activities/drill/drill-session.js';
import { copyBackRung } from '../../../../src/activities/drill/rungs/copy-back.js';
import { dataRung } from '../../../../src/activities/drill/rungs/data.js';
import { metadataRung } from '../../../../src/activities/drill/rungs/metadata.js';
import { pagesRung } from '../../../../src/activities/drill/rungs/pages.js';
import { pitrRung } from '../../../../src/activities/drill/rungs/pitr.js';
import { prepareRung } from '../../../../src/activities/drill/rungs/prepare.js';
import { startRung } from '../../../../src/activities/drill/rungs/start.js';
import { tablesRung } from '../../../../src/activities/drill/rungs/tables.js';
import { endMarkedPrograms } from '../../../../src/database/program-mark.js';
import { stopPrivateServer } from '../../../../src/database/private-server.js';
import { DrillPlan, type DrillPlanSource } from '../../../../src/domain/drill/drill-plan.js';
import type { DrillFacts, RungFinding, RungName } from '../../../../src/domain/drill/rung.js';
import type { ObjectStore } from '../../../../src/storage/object-store.js';

/** A real server under write load, and one real backup of it. */
export interface DrillWorld {
  readonly group: ProcessGroup;
  readonly producer: BackupProducer;
  readonly backup: TakenBackup;
  readonly binlogs: BinlogArchive;
  readonly end: () => Promise<void>;
}

export async function startDrillWorld(): Promise<DrillWorld> {
  const group = await createProcessGroup();
  try {
    const producer = await startBackupProducer(group, { size: { orders: 600, attachments: 2 } });
    // The drill's programs are found as on a drill host.
    process.env.PATH = `${producer.server.tools.binDir}:${process.env.PATH ?? ''}`;
    const backup = await producer.takeBackup({
      output: 'directory',
      during: () => producer.server.sql("INSERT INTO shop.notes_live VALUES (1, 'while it was made')"),
    });
    for (let id = 2; id < 6; id++) {
      await producer.server.sql(
        `INSERT INTO shop.notes_live VALUES (${id}, 'after it was made'); FLUSH BINARY LOGS`,
      );
    }
    const binlogs = await archiveBinlogs(producer, backup);
    return { group, producer, backup, binlogs, end: () => group.stop() };
  } catch (failure) {
    await group.stop();
    throw failure;
  }
}

export interface DrillOptions {
  readonly plan?: Partial<DrillPlanSource>;
  readonly facts?: Partial<DrillFacts>;
  readonly store?: ObjectStore;
  readonly signal?: AbortSignal;
  /** Default: the world's own. */
  readonly backupFolder?: string;
}

/** A work folder with a copy of the backup, as the rungs before `metadata` leave it. */
export async function newSession(world: DrillWorld, options: DrillOptions = {}): Promise<DrillSession> {
  const root = join(world.group.folder, `drill-${randomBytes(4).toString('hex')}`);
  const folder: WorkFolder = {
    root,
    inventoryFile: join(root, 'inventory'),
    objects: join(root, 'backup'),
    backup: join(root, 'backup'),
    data: join(root, 'data'),
    binlogs: join(root, 'binlogs'),
    run: join(root, 'run'),
    sockets: join(root, 's'),
  };
  await mkdir(folder.run, { recursive: true, mode: 0o700 });
  await cp(options.backupFolder ?? world.backup.folder, folder.backup, { recursive: true });
  await writeFile(join(folder.run, 'baseline.json'), JSON.stringify(world.backup.baseline));
  return {
    plan: DrillPlan.parse({
      kind: 'DrillPlan',
      name: 'shop',
      store: { bucket: 'backups', prefix: 'shop/' },
      layout: 'directory',
      ...options.plan,
    }),
    backup: { id: world.backup.id, prefix: `shop/${world.backup.id}/` },
    folder,
    facts: options.facts ?? {},
    store: options.store ?? emptyStore,
    ledger: { readLedger: () => Promise.reject(new Error('not read here')) },
    signal: options.signal ?? new AbortController().signal,
    progress: () => undefined,
    now: () => Date.now(),
  };
}

const LADDER: readonly (readonly [RungName, Rung])[] = [
  ['metadata', metadataRung],
  ['pages', pagesRung],
  ['prepare', prepareRung],
  ['copy-back', copyBackRung],
  ['start', startRung],
  ['tables', tablesRung],
  ['data', dataRung],
  ['pitr', pitrRung],
];

export interface Climb {
  /** The last rung that ran. */
  readonly rung: RungName;
  readonly finding: RungFinding;
  readonly facts: Partial<DrillFacts>;
  readonly findings: Partial<Record<RungName, RungFinding>>;
}

export interface ClimbOptions {
  readonly until?: RungName;
  readonly skip?: readonly RungName[];
  /** Called before each rung. */
  readonly before?: (rung: RungName, session: DrillSession) => Promise<void>;
  readonly changeFacts?: (facts: Partial<DrillFacts>) => Partial<DrillFacts>;
}

/** Runs the rungs in order until one does not pass; afterwards nothing of the drill runs any more. */
export async function climb(session: DrillSession, options: ClimbOptions = {}): Promise<Climb> {
  const until = options.until ?? (session.plan.pitr === undefined ? 'data' : 'pitr');
  let facts = session.facts;
  const findings: Partial<Record<RungName, RungFinding>> = {};
  try {
    for (const [rung, run] of LADDER) {
      if (options.skip?.includes(rung)) continue;
      await options.before?.(rung, { ...session, facts });
      const finding = await run({ ...session, facts });
      findings[rung] = finding;
      facts = { ...facts, ...finding.facts };
      facts = options.changeFacts?.(facts) ?? facts;
      if (rung === until || finding.outcome !== 'passed') return { rung, finding, facts, findings };
    }
    throw new Error(`there is no rung ${until}`);
  } finally {
    await endDrill(session);
  }
}

export async function endDrill({ folder }: Pick<DrillSession, 'folder'>): Promise<void> {
  await stopPrivateServer(folder);
  await endMarkedPrograms(folder.root);
  await rm(folder.root, { recursive: true });
}

const emptyStore: ObjectStore = storeOf(new Map());

/** A store that holds these objects. */
export function storeOf(objects: ReadonlyMap<string, Buffer>): ObjectStore {
  const stored = (key: string, body: Buffer) => ({
    key,
    sizeBytes: body.length,
    etag: key,
    lastModifiedMs: 0,
  });
  return {
    async *list(prefix) {
      for (const [key, body] of objects) if (key.startsWith(prefix)) yield stored(key, body);
    },
    async *folders() {},
    read: async (key, { fromByte = 0 } = {}) => {
      const body = objects.get(key);
      return (
        body && {
          body: Readable.from([body.subarray(fromByte)], { objectMode: false }),
          object: stored(key, body),
        }
      );
    },
    readText: async (key) => {
      const body = objects.get(key);
      return body && { text: body.toString('utf8'), etag: key };
    },
    writeText: () => Promise.reject(new Error('read-only')),
    close: () => undefined,
  };
}
