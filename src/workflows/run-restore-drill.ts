/*
 * One restore drill, from the choice of the backup to its verdict:
 * 1. choose the backup, on any drill host;
 * 2. open a session: from here on one host has the files; climb the ladder there, rung by rung;
 * 3. close the session, whatever happened; then enter the verdict and answer with the report.
 * A host that is lost takes its files with it: the drill begins again at 2, on another host or the same.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  continueAsNew,
  isCancellation,
  log,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { DrillActivities, DrillHostActivities } from '../activities/drill/drill-activities.js';
import { buildDrillReport } from '../domain/drill/build-report.js';
import type { DrillSessionKey, OpenedSession } from '../domain/drill/drill-call.js';
import type { RunRestoreDrillInput, SelectedBackup } from '../domain/drill/drill-input.js';
import type { DrillReport } from '../domain/drill/drill-report.js';
import { taskQueues } from '../domain/names.js';
import { climbLadder, type ClimbedLadder } from './climb-ladder.js';
import { anyDrillHost, boundedOnAnyHost, recording, thisDrillHost } from './drill-activity-options.js';
import { openDrillBoard, type DrillBoard } from './drill-board.js';
import { assertTextFields } from './input-check.js';

/** Hosts, or stays on the same one, that a drill may lose before it is inconclusive. */
const MAX_SESSIONS = 3;

/** All backups that the plan asks for are verified already. */
export interface NothingToDrill {
  readonly verdict: 'none';
  readonly summary: string;
}

export type RunRestoreDrillResult = DrillReport | NothingToDrill;

/** What a run hands to the one that it continues as: with `every-new` each backup is a run. */
export interface CarriedDrill {
  /** Prefixes of the backups that were drilled, with whatever verdict. */
  readonly done: readonly string[];
}

/**
 * @throws ApplicationFailure `InvalidInput`, `BackupNotFound`, `StoreUnreachable`, `StoreRefused`
 * @throws CancelledFailure when it was canceled: then there is no verdict, and nothing is left on the host
 */
export async function runRestoreDrill(
  received: RunRestoreDrillInput,
  carried: CarriedDrill = { done: [] },
): Promise<RunRestoreDrillResult> {
  assertTextFields(received, { names: ['cluster'] });
  assertTextFields(received.plan, { names: ['name'] });
  const { cluster } = received;
  const board = openDrillBoard({ cluster, plan: received.plan.name });
  const { workflowId, runId, taskQueue } = workflowInfo();
  const queue = taskQueues({ prefix: taskQueue, cluster }).drill;
  const { selectBackups } = proxyActivities<DrillActivities>(boundedOnAnyHost(queue));
  const { input, backups } = await answerOf(selectBackups({ input: received }));
  const due = backups.filter(({ prefix }) => !carried.done.includes(prefix));
  const [backup] = due;
  if (backup === undefined) return nothingToDrill(input, board);
  board.show({ backup });
  const drill = { workflowId, runId };
  const report = await drillBackup({ input, backup, board, drill, queue, startedMs: Date.now() });
  // From here on there is a verdict: a cancellation that comes now does not take it away.
  const recorded = await CancellationScope.nonCancellable(() => record({ input, report, board, queue }));
  if (due.length > 1 && !CancellationScope.current().consideredCancelled) {
    await continueAsNew<typeof runRestoreDrill>(input, { done: [...carried.done, backup.prefix] });
  }
  return recorded;
}

interface Drill {
  readonly input: RunRestoreDrillInput;
  readonly backup: SelectedBackup;
  readonly board: DrillBoard;
  readonly drill: DrillReport['drill'];
  /** Of any drill host. */
  readonly queue: string;
  readonly startedMs: number;
}

/** Climbs the ladder, on another host each time one is lost; leaves nothing on any of them. */
async function drillBackup({ input, backup, board, drill, queue, startedMs }: Drill): Promise<DrillReport> {
  const { openDrill } = proxyActivities<DrillActivities>(anyDrillHost(queue));
  const hosts: string[] = [];
  const closings: Promise<void>[] = [];
  let ladder: ClimbedLadder | undefined;
  try {
    for (let session = 1; ladder === undefined; session += 1) {
      const key: DrillSessionKey = { ...drill, session };
      const opened = await openDrill(key);
      hosts.push(opened.host);
      board.show({ phase: 'Opening', summary: 'the work folder is there', host: opened.host });
      try {
        const climbed = await climbLadder({ key, opened, input, backup, board });
        if (climbed.lost === undefined || session === MAX_SESSIONS) ladder = climbed;
        else board.restart(`host ${opened.host} was lost: ${climbed.lost}; beginning again`);
      } finally {
        // Not waited for here: a host that is dead does not answer for a minute.
        closings.push(CancellationScope.nonCancellable(() => close(opened, key)));
      }
    }
  } finally {
    board.show({ phase: 'Closing', summary: 'removing the work folder' });
    await CancellationScope.nonCancellable(() => Promise.all(closings));
  }
  const { results, facts, damage } = ladder;
  const finishedMs = Date.now();
  return buildDrillReport({ drill, input, backup, results, facts, damage, hosts, startedMs, finishedMs });
}

/** A host that does not answer removes what it has when it is back. */
async function close(opened: OpenedSession, key: DrillSessionKey): Promise<void> {
  const { closeDrill } = proxyActivities<DrillHostActivities>(thisDrillHost(opened.taskQueue));
  try {
    await closeDrill(key);
  } catch (failure) {
    if (!(failure instanceof ActivityFailure)) throw failure;
    log.warn('the session was not closed', { host: opened.host, reason: failure.cause?.message });
  }
}

interface Recording {
  readonly input: RunRestoreDrillInput;
  readonly report: DrillReport;
  readonly board: DrillBoard;
  readonly queue: string;
}

/** A damaged copy proves the drill, not the backup: a self-test enters nothing. */
async function record({ input, report, board, queue }: Recording): Promise<DrillReport> {
  const { verdict, summary, selfTest } = report;
  board.show({ phase: 'Recording', summary: 'entering the verdict', verdict });
  let warning: string | undefined;
  if (!selfTest) warning = await enter({ input, report, queue });
  board.show({ phase: 'Done', summary });
  return warning === undefined ? report : { ...report, warnings: [{ text: warning }, ...report.warnings] };
}

/** @returns what is wrong where the ledger does not take it: the verdict stands all the same */
async function enter({ input, report, queue }: Omit<Recording, 'board'>): Promise<string | undefined> {
  const { recordDrill } = proxyActivities<DrillActivities>(recording(queue));
  try {
    await recordDrill({ input, report });
    return undefined;
  } catch (failure) {
    if (!(failure instanceof ActivityFailure)) throw failure;
    return `the verdict is not in the ledger: ${failure.cause?.message ?? failure.message}`;
  }
}

/** The failure of an activity as the workflow's own, with its type. */
async function answerOf<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (failure) {
    if (!(failure instanceof ActivityFailure) || isCancellation(failure)) throw failure;
    const { cause } = failure;
    const type = cause instanceof ApplicationFailure ? cause.type : undefined;
    throw ApplicationFailure.nonRetryable(cause?.message ?? failure.message, type);
  }
}

function nothingToDrill({ plan }: RunRestoreDrillInput, board: DrillBoard): NothingToDrill {
  const { selection, store } = plan;
  const where = `bucket ${store.bucket}, prefix "${store.prefix}"`;
  if (typeof selection === 'object' || selection === 'latest') {
    const what =
      typeof selection === 'object' && 'backup' in selection ? `backup ${selection.backup}` : 'backup';
    throw ApplicationFailure.nonRetryable(`there is no ${what} in ${where}`, 'BackupNotFound');
  }
  const summary = `every backup in ${where} has a verdict`;
  board.show({ phase: 'Done', summary });
  return { verdict: 'none', summary };
}
