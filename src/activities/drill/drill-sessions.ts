import { log } from '@temporalio/activity';
import { access } from 'node:fs/promises';
import { endMarkedPrograms } from '../../database/program-mark.js';
import { boundServerLog } from '../../database/server-log-file.js';
import { isSystemError } from '../../database/process-identity.js';
import { readServerRecord } from '../../database/server-record.js';
import type {
  DamageCopyCall,
  DrillSessionKey,
  OpenedSession,
  RunRungCall,
} from '../../domain/drill/drill-call.js';
import type { DrillPlan } from '../../domain/drill/drill-plan.js';
import type { RungFinding } from '../../domain/drill/rung.js';
import type { DrillActivityDependencies } from './dependencies.js';
import { drillFailure, type DrillWork } from './drill-activity.js';
import type { WorkFolder } from './drill-session.js';
import { withStores } from './drill-stores.js';
import { writeMissingManifest } from './missing-manifest.js';
import { createWorkFolder, keptFolders, removeWorkFolder, workFolderOf } from './work-folder.js';

/** Nobody else looks at the log of a server that runs: it writes there by itself. */
const BOUND_LOG_EVERY_MS = 2_000;

/** The stays of drills on this host. */
export interface DrillSessions {
  open(key: DrillSessionKey): Promise<OpenedSession>;
  runRung(work: DrillWork<RunRungCall>): Promise<RungFinding>;
  damage(call: DamageCopyCall): Promise<string>;
  close(key: DrillSessionKey): Promise<void>;
  closeAll(): Promise<void>;
}

export function createDrillSessions(deps: DrillActivityDependencies): DrillSessions {
  const { host, damageCopy } = deps;
  const opened = new Map<string, WorkFolder>();
  const running = new Map<string, Promise<unknown>>();
  const opening = oneAtATime();

  const open = async (key: DrillSessionKey): Promise<OpenedSession> => {
    for (const { folder, key: kept } of await keptFolders(host.workDir)) {
      if (kept.runId !== key.runId)
        throw drillFailure('HostBusy', `host ${host.id} is at drill ${kept.workflowId}`);
      await removeWorkFolder(folder);
      opened.delete(folder.root);
    }
    const folder = await createWorkFolder(host.workDir, key);
    opened.set(folder.root, folder);
    return { host: host.id, taskQueue: host.taskQueue };
  };

  /** An attempt that the server gave up may still be at it: two in one folder would spoil each other's files. */
  const alone = async <T>(folder: WorkFolder, work: () => Promise<T>): Promise<T> => {
    await running.get(folder.root)?.catch(() => undefined); // its own caller hears of it
    const run = work();
    running.set(folder.root, run);
    try {
      return await run;
    } finally {
      if (running.get(folder.root) === run) running.delete(folder.root);
    }
  };

  const close = async (folder: WorkFolder): Promise<void> => {
    await alone(folder, () => removeWorkFolder(folder));
    opened.delete(folder.root);
  };

  return {
    open: (key) => opening(() => open(key)),
    runRung: async (work) => {
      const folder = await openFolder(host.workDir, work.call.key);
      return alone(folder, async () => {
        if (work.attempt > 1) await endLeftovers(folder);
        return withBoundedLog(folder, () => runRung(deps, folder, work));
      });
    },
    damage: async ({ key, seed }) => {
      const folder = await openFolder(host.workDir, key);
      const damage = await alone(folder, () => damageCopy(folder, seed));
      return damage === undefined
        ? 'nothing: there is no tablespace'
        : `${damage.path}: ${damage.text}, seed ${seed}`;
    },
    close: (key) => close(workFolderOf(host.workDir, key)),
    closeAll: async () => {
      for (const folder of opened.values()) await close(folder);
    },
  };
}

/** @throws ApplicationFailure `SessionLost` where the host lost its files */
async function openFolder(workDir: string, key: DrillSessionKey): Promise<WorkFolder> {
  const folder = workFolderOf(workDir, key);
  try {
    await access(folder.root);
    return folder;
  } catch (failure) {
    if (!isSystemError(failure, 'ENOENT')) throw failure;
    throw drillFailure('SessionLost', `the work folder ${folder.root} is gone`);
  }
}

async function withBoundedLog<T>(folder: WorkFolder, work: () => Promise<T>): Promise<T> {
  const bounding = setInterval(() => {
    boundServerLog(folder).catch((failure: unknown) =>
      log.warn('the log of the private server cannot be bounded', { folder: folder.root, failure }),
    );
  }, BOUND_LOG_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(bounding);
  }
}

/** A tool of an attempt that died goes on writing; the private server is still of use. */
async function endLeftovers(folder: WorkFolder): Promise<void> {
  const ended = await endMarkedPrograms(folder.root, await readServerRecord(folder.run));
  if (ended > 0) log.warn('ended programs of an attempt that died', { folder: folder.root, programs: ended });
}

function runRung(
  { host, rungs, openStore, now }: DrillActivityDependencies,
  folder: WorkFolder,
  { call, signal, progress }: DrillWork<RunRungCall>,
): Promise<RungFinding> {
  const { rung, backup, facts, input, key } = call;
  const plan = within(input.plan, host.limitBytes);
  return withStores(openStore, plan, async ({ store, ledger }) => {
    const session = { plan, backup, folder, facts, store, ledger, signal, progress, now };
    const found = await rungs[rung](session);
    const drill = `${key.workflowId}/${key.runId}`;
    return writeMissingManifest(session, { rung, found, drill, selfTest: input.selfTest });
  });
}

/** The smaller of the plan's limit and the host's. */
function within(plan: DrillPlan, limitBytes: number | undefined): DrillPlan {
  const { workBytes } = plan.limits;
  const limits = [workBytes, limitBytes].filter((bytes) => bytes !== undefined);
  return limits.length === 0 ? plan : { ...plan, limits: { ...plan.limits, workBytes: Math.min(...limits) } };
}

function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => undefined); // its own caller hears of it
    return next;
  };
}
