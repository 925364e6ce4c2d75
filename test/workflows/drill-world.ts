import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { createDrillActivities } from '../../src/activities/drill/drill-activities.js';
import { openDrillHost } from '../../src/activities/drill/drill-host.js';
import type { Rungs } from '../../src/activities/drill/drill-session.js';
import { workFolderOf } from '../../src/activities/drill/work-folder.js';
import type { DrillSessionKey } from '../../src/domain/drill/drill-call.js';
import { DrillPlan, type DrillPlanSource } from '../../src/domain/drill/drill-plan.js';
import type { RunRestoreDrillInput } from '../../src/domain/drill/drill-input.js';
import { createLedgerStore } from '../../src/storage/ledger-store.js';
import { runRestoreDrillStart } from '../../src/temporal/run-restore-drill-start.js';
import type { runRestoreDrill } from '../../src/workflows/run-restore-drill.js';
import { createInMemoryStore, type InMemoryStore } from '../activities/drill/in-memory-store.js';
import { WORKFLOW_BUNDLE } from './time-skipping-server.js';

export const BACKUPS = ['20261119T020000Z', '20261120T020000Z', '20261121T020000Z'];

export function drillPlan(changes: Partial<DrillPlanSource> = {}): DrillPlan {
  return DrillPlan.parse({
    kind: 'DrillPlan',
    name: 'orders',
    store: { bucket: 'shop', prefix: 'orders/' },
    layout: 'directory',
    ...changes,
  });
}

export interface DrillWorld {
  readonly store: InMemoryStore;
  /** What lies in a host's work directory, without the host's own id. */
  litter(host?: number): Promise<string[]>;
  verdicts(): Promise<{ backup: string; verdict: string }[]>;
  /** Plays a story with the workflow and its hosts; ends the workers after it. */
  run<T>(
    input: Partial<RunRestoreDrillInput>,
    story: (handle: WorkflowHandle<typeof runRestoreDrill>) => Promise<T>,
  ): Promise<T>;
  end(): Promise<void>;
}

export interface DrillWish {
  readonly rungs: Rungs;
  readonly store?: InMemoryStore;
  /** Hosts that lose their files once a session is open: the first ones that are asked. Default: none. */
  readonly lossyHosts?: number;
}

export async function createDrillWorld(
  server: TestWorkflowEnvironment,
  wish: DrillWish,
): Promise<DrillWorld> {
  const store = wish.store ?? storeWithBackups();
  const prefix = `holdfast-${randomUUID()}`;
  const dead = wish.lossyHosts ?? 0;
  const folders = await Promise.all(
    Array.from({ length: dead + 1 }, () => mkdtemp(join(tmpdir(), 'drill-host-'))),
  );
  const hosts = await Promise.all(folders.map((folder) => createHost(folder, { prefix, store, wish })));
  const alive = hosts[dead];
  if (alive === undefined) throw new Error('no host');
  let opened = 0;
  const anyHost = {
    ...alive.anyHost,
    openDrill: async (key: DrillSessionKey) => {
      const index = Math.min(opened, dead);
      opened += 1;
      const session = await (hosts[index] ?? alive).anyHost.openDrill(key);
      const { root } = workFolderOf(folders[index] ?? '', key);
      if (index < dead) await rm(root, { recursive: true });
      return session;
    },
  };
  const connection = server.nativeConnection;
  const workers = await Promise.all([
    Worker.create({ connection, taskQueue: prefix, workflowBundle: WORKFLOW_BUNDLE }),
    Worker.create({ connection, taskQueue: `${prefix}-drill`, activities: anyHost }),
    ...hosts.map(({ taskQueue, thisHost }) =>
      Worker.create({
        connection,
        taskQueue,
        activities: { ...thisHost },
        maxHeartbeatThrottleInterval: '200 milliseconds',
      }),
    ),
  ]);
  return {
    store,
    litter: async (host = dead) => (await readdir(folders[host] ?? '')).filter((name) => name !== 'host-id'),
    verdicts: async () => {
      const { verdicts } = await createLedgerStore({ store, prefix: 'orders/' }).readLedger();
      return verdicts.map(({ backup, verdict }) => ({ backup: backup.id, verdict }));
    },
    run: async <T>(
      input: Partial<RunRestoreDrillInput>,
      story: (handle: WorkflowHandle<typeof runRestoreDrill>) => Promise<T>,
    ): Promise<T> => {
      const usual = { cluster: 'test', plan: drillPlan(), selfTest: false };
      const how = runRestoreDrillStart(usual, Date.now());
      const start = () =>
        server.client.workflow.start<typeof runRestoreDrill>('runRestoreDrill', {
          ...how,
          args: [{ ...usual, ...input }],
          workflowId: `${how.workflowId}/${prefix}`,
          taskQueue: prefix,
        });
      return workers.reduce<() => Promise<T>>(
        (inner, worker) => () => worker.runUntil(inner),
        async () => story(await start()),
      )();
    },
    end: async () => {
      for (const folder of folders) await rm(folder, { recursive: true });
    },
  };
}

async function createHost(
  workDir: string,
  { prefix, store, wish }: { prefix: string; store: InMemoryStore; wish: DrillWish },
) {
  const host = await openDrillHost({ prefix, workDir, limitBytes: undefined });
  const activities = createDrillActivities({
    host,
    rungs: wish.rungs,
    openStore: () => store,
    damageCopy: async () => ({ way: 'flip', path: 'shop/orders.ibd', text: 'flipped a byte' }),
    stopping: new AbortController().signal,
    now: () => Date.parse('2026-11-21T03:00:00Z'),
  });
  return { ...activities, taskQueue: host.taskQueue };
}

export function storeWithBackups(ids: readonly string[] = BACKUPS): InMemoryStore {
  const store = createInMemoryStore();
  for (const id of ids) store.put(`orders/${id}/xtrabackup_checkpoints`, 'backup_type = full-backuped');
  return store;
}
