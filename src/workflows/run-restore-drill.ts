/*
 * One restore drill, from the choice of the backup to its verdict:
 * 1. choose the backup, on any drill host;
 * 2. open a session: from here on one host has the files; climb the ladder there, rung by rung;
 * 3. enter the verdict, close the session, whatever happened; answer with the report when both are done.
 * A host that is lost takes its files with it: the drill begins again at 2, on another host or the same.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  continueAsNew,
  isCancellation,
  log,
  patched,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { DrillActivities, DrillHostActivities } from '../activities/drill/drill-activities.js';
import { buildDrillReport } from '../domain/drill/build-report.js';
import type { BackupSelection, DrillSessionKey, OpenedSession } from '../domain/drill/drill-call.js';
import type { RunRestoreDrillInput, SelectedBackup } from '../domain/drill/drill-input.js';
import {
  drilledBackup,
  drilledBackups,
  type DrilledBackup,
  type DrilledBackups,
} from '../domain/drill/drilled-backups.js';
import type { DrillReport } from '../domain/drill/drill-report.js';
import { taskQueues } from '../domain/names.js';
import { climbLadder, type ClimbedLadder } from './climb-ladder.js';
import { anyDrillHost, boundedOnAnyHost, recording, thisDrillHost } from './drill-activity-options.js';
import { openDrillBoard, type DrillBoard } from './drill-board.js';
import { assertTextFields } from './input-check.js';

/** Hosts, or stays on the same one, that a drill may lose before it is inconclusive. */
const MAX_SESSIONS = 3;
/** Before it the verdict waited for the session to close: on a host that is dead, for a minute. */
const VERDICT_BEFORE_CLOSING = '7-verdict-before-closing';

/** All backups that the plan asks for are verified already. */
export interface NothingToDrill {
  readonly verdict: 'none';
  readonly summary: string;
}

/** Of one backup its report; of several what became of each. */
export type RunRestoreDrillResult = DrillReport | DrilledBackups | NothingToDrill;

/** What a run hands to the one that it continues as: with `every-new` each backup is a run. */
export interface CarriedDrill {
  /** Prefixes of the backups that were drilled, with whatever verdict. */
  readonly done: readonly string[];
  /** What became of them. Absent in runs that began before it was kept. */
  readonly drilled?: readonly DrilledBackup[];
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
  const { drilled = [] } = carried;
  if (drilled.length > 0) board.show({ drilled });
  const selected = await selectionOf(selectBackups({ input: received }), drilled);
  if (typeof selected === 'string') return series({ received, drilled, board, stopped: selected });
  const { input, backups } = selected;
  const due = backups.filter(({ prefix }) => !carried.done.includes(prefix));
  const [backup] = due;
  if (backup === undefined) {
    return drilled.length > 0 ? series({ received, drilled, board }) : nothingToDrill(input, board);
  }
  board.show({ backup });
  const drill = { workflowId, runId };
  const report = await drillBackup({ input, backup, board, drill, queue, startedMs: Date.now() });
  const next = { done: [...carried.done, backup.prefix], drilled: [...drilled, drilledBackup(report)] };
  if (due.length > 1 && !CancellationScope.current().consideredCancelled) {
    await continueAsNew<typeof runRestoreDrill>(input, next);
  }
  return drilled.length > 0 ? series({ received, drilled: next.drilled, board }) : report;
}

interface Series {
  readonly received: RunRestoreDrillInput;
  readonly drilled: readonly DrilledBackup[];
  readonly board: DrillBoard;
  readonly stopped?: string;
}

function series({ received: { selfTest }, drilled, board, ...stopped }: Series): DrilledBackups {
  const answer = drilledBackups({ backups: drilled, selfTest, ...stopped });
  board.show({ phase: 'Done', summary: answer.summary });
  return answer;
}

/** @returns why there is none, where a failure would hide the verdicts that there are */
async function selectionOf(
  asked: Promise<BackupSelection>,
  drilled: readonly DrilledBackup[],
): Promise<BackupSelection | string> {
  try {
    return await answerOf(asked);
  } catch (failure) {
    if (drilled.length === 0 || !(failure instanceof ApplicationFailure)) throw failure;
    return failure.message;
  }
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

/** Climbs the ladder and enters the verdict; leaves nothing on any host. */
async function drillBackup(drill: Drill): Promise<DrillReport> {
  const closings: Promise<void>[] = [];
  const { board } = drill;
  let report: DrillReport;
  let isEntered = false;
  try {
    report = await reportOf(drill, closings);
    if (patched(VERDICT_BEFORE_CLOSING)) {
      report = await enter(drill, report);
      isEntered = true;
    }
  } finally {
    board.show({ phase: 'Closing', summary: 'removing the work folder' });
    await CancellationScope.nonCancellable(() => Promise.all(closings));
  }
  if (!isEntered) report = await enter(drill, report);
  board.show({ phase: 'Done', summary: report.summary });
  return report;
}

/** On another host each time one is lost. The closings of the sessions are begun, and left to the caller. */
async function reportOf(
  { input, backup, board, drill, queue, startedMs }: Drill,
  closings: Promise<void>[],
): Promise<DrillReport> {
  const { openDrill } = proxyActivities<DrillActivities>(anyDrillHost(queue));
  const hosts: string[] = [];
  let ladder: ClimbedLadder | undefined;
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

/**
 * From here on there is a verdict: a cancellation that comes now does not take it away. A damaged copy proves the drill,
 * not the backup: a self-test enters nothing.
 */
async function enter({ input, board, queue }: Drill, report: DrillReport): Promise<DrillReport> {
  board.show({ phase: 'Recording', summary: 'entering the verdict', verdict: report.verdict });
  if (report.selfTest) return report;
  const warning = await CancellationScope.nonCancellable(() => record({ input, report, queue }));
  return warning === undefined ? report : { ...report, warnings: [{ text: warning }, ...report.warnings] };
}

interface Recording extends Pick<Drill, 'input' | 'queue'> {
  readonly report: DrillReport;
}

/** @returns what is wrong where the ledger does not take it: the verdict stands all the same */
async function record({ input, report, queue }: Recording): Promise<string | undefined> {
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
