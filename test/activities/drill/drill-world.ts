import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DrillSession, WorkFolder } from '../../../src/activities/drill/drill-session.js';
import { DrillPlan, type DrillPlanSource, type StoreLocation } from '../../../src/domain/drill/drill-plan.js';
import type { DrillFacts, RungFinding } from '../../../src/domain/drill/rung.js';
import type { ObjectStore } from '../../../src/storage/object-store.js';
import { createLedgerStore } from '../../../src/storage/ledger-store.js';

export const trio = {
  xtrabackup_checkpoints: 'backup_type = full-backuped\n',
  xtrabackup_info: 'tool_name = mariadb-backup\n',
  xtrabackup_binlog_info: 'binlog.000001\t4711\t0-1-10\n',
};

/** With a manifest over all of them. */
export function withManifest(
  objects: Readonly<Record<string, string | Buffer>>,
): Record<string, string | Buffer> {
  const lines = Object.entries(objects).map(([name, content]) => {
    return `${createHash('sha256').update(content).digest('hex')}  ${name}\n`;
  });
  return { ...objects, 'manifest.sha256': lines.join('') };
}

export interface SessionOptions {
  readonly store: ObjectStore;
  readonly location: StoreLocation;
  readonly id: string;
  readonly plan?: Partial<DrillPlanSource>;
  readonly signal?: AbortSignal;
  readonly progress?: DrillSession['progress'];
}

export interface TestSession extends DrillSession {
  /** What rungs learn, as the workflow would merge it. */
  learn(found: RungFinding): TestSession;
  /** Everything below the work folder's parent, which is the test's own. */
  everything(): Promise<string[]>;
  remove(): Promise<void>;
}

/** A drill of one backup in a private folder. */
export async function startSession(options: SessionOptions): Promise<TestSession> {
  const place = await mkdtemp(join(tmpdir(), 'holdfast-drill-'));
  const root = join(place, 'work');
  await mkdir(root);
  const plan = DrillPlan.parse({
    kind: 'DrillPlan',
    name: 'weekly',
    store: options.location,
    layout: 'directory',
    ...options.plan,
  });
  return sessionOf(options, { plan, place, folder: folderIn(root), facts: {} });
}

function folderIn(root: string): WorkFolder {
  return {
    root,
    inventoryFile: join(root, 'inventory.json'),
    objects: join(root, 'objects'),
    backup: join(root, 'backup'),
    data: join(root, 'data'),
    binlogs: join(root, 'binlogs'),
    run: join(root, 'run'),
    sockets: join(root, 'sockets'),
  };
}

function sessionOf(
  options: SessionOptions,
  state: { plan: DrillPlan; place: string; folder: WorkFolder; facts: Partial<DrillFacts> },
): TestSession {
  const { store, id } = options;
  return {
    plan: state.plan,
    backup: { id, prefix: `${state.plan.store.prefix}${id}/` },
    folder: state.folder,
    facts: state.facts,
    store,
    ledger: createLedgerStore({ store, prefix: state.plan.store.prefix }),
    signal: options.signal ?? new AbortController().signal,
    progress: options.progress ?? (() => undefined),
    now: () => Date.now(),
    learn: (found) => sessionOf(options, { ...state, facts: { ...state.facts, ...found.facts } }),
    everything: async () => (await readdir(state.place, { recursive: true })).sort(),
    remove: () => rm(state.place, { recursive: true }),
  };
}
