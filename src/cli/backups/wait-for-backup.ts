import type { LeaveReason } from '../../domain/retry/decision.js';
import type { IncidentOutcome } from '../../domain/retry/review.js';
import type { BackupName } from '../backup-name.js';
import { CliFailure } from '../cli-failure.js';
import type { CliDependencies } from '../dependencies.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { nextActionText } from '../render/backup-table.js';
import type { TemporalAccess } from '../temporal-access.js';
import type { WorkflowRun } from '../temporal-runs.js';
import { summarizeBackup, type BackupSummary } from './backup-summary.js';
import { seeBackup } from './read-backup.js';

const POLL_MS = 1_000;

/** How a wait ended. */
export interface BackupVerdict {
  readonly exitCode: ExitCode;
  readonly outcome: 'Succeeded' | 'Failed' | 'Invalid' | 'Left' | 'Gone' | 'TimedOut';
  readonly summary: string;
}

export interface WaitQuestion {
  readonly temporal: TemporalAccess;
  readonly run: WorkflowRun;
  readonly name: BackupName;
  /** A new object of the same name is another Backup. */
  readonly uid: string;
  readonly timeoutMs: number;
}

type EndOfRun = Exclude<IncidentOutcome, 'Started' | 'Left'>;
const EXIT_OF_OUTCOME: Readonly<Record<EndOfRun, ExitCode>> = {
  Succeeded: EXIT.done,
  Failed: EXIT.failed,
  Invalid: EXIT.usage,
};

/**
 * Waits for the run; when it ends with the Backup on its way (a first Job was created, or one runs), for the Backup.
 * A later failure is the watch's to see: its incident is waited for as well.
 */
export async function waitForBackup(deps: CliDependencies, question: WaitQuestion): Promise<BackupVerdict> {
  const { temporal, run, name, timeoutMs } = question;
  const deadlineMs = deps.now() + timeoutMs;
  const tell = progress(deps);
  const result = await whileTelling(temporal.outcomeOf(run, { timeoutMs }), async () => {
    const backup = await summaryNow(deps, name);
    if (backup !== undefined) tell(backup);
    await deps.pause(POLL_MS);
  });
  if (result === undefined) return timedOut('the workflow has not ended');
  const { outcome, summary } = result;
  if (outcome !== 'Started' && outcome !== 'Left') {
    return { exitCode: EXIT_OF_OUTCOME[outcome], outcome, summary };
  }
  deps.output.say(summary);
  return waitForEndOfBackup(deps, { ...question, deadlineMs, tell });
}

/** Repeats `tellOnce` until `work` has ended; a failure of either ends both. */
async function whileTelling<T>(work: Promise<T>, tellOnce: () => Promise<void>): Promise<T> {
  const ended = work.then(() => true);
  while (!(await Promise.race([ended, tellOnce().then(() => false)])));
  return work;
}

/** Says what comes next whenever that changes. */
function progress({ output, now }: CliDependencies): (backup: BackupSummary) => void {
  let said = '';
  return ({ nextAction }) => {
    const key = `${nextAction.what} ${nextAction.at ?? ''}`;
    if (key !== said) output.say(nextActionText(nextAction, now()));
    said = key;
  };
}

interface EndQuestion extends WaitQuestion {
  readonly deadlineMs: number;
  readonly tell: (backup: BackupSummary) => void;
}

async function waitForEndOfBackup(deps: CliDependencies, question: EndQuestion): Promise<BackupVerdict> {
  const { name, uid, deadlineMs, tell } = question;
  for (;;) {
    const backup = await summaryNow(deps, name);
    if (backup?.uid !== uid)
      return { exitCode: EXIT.notFound, outcome: 'Gone', summary: 'the Backup was deleted' };
    const verdict = verdictOn(backup);
    if (verdict !== undefined) return verdict;
    tell(backup);
    const leftMs = deadlineMs - deps.now();
    if (leftMs <= 0) return timedOut(backup.nextAction.what);
    await deps.pause(Math.min(POLL_MS, leftMs));
  }
}

async function summaryNow(deps: CliDependencies, name: BackupName): Promise<BackupSummary | undefined> {
  try {
    const { settings, now } = deps;
    return summarizeBackup(await seeBackup(await deps.kubernetes(), { name, settings, nowMs: now() }));
  } catch (failure) {
    if (failure instanceof CliFailure && failure.exitCode === EXIT.notFound) return undefined;
    throw failure;
  }
}

type EndReason = Exclude<LeaveReason, 'Running' | 'OperatorCreates'>;

/** What it means for whoever waits that a worker would do nothing; `undefined` while the Backup is on its way. */
function verdictOn({ leftBecause, phase, lastReason, nextAction }: BackupSummary): BackupVerdict | undefined {
  if (leftBecause === undefined || leftBecause === 'Running' || leftBecause === 'OperatorCreates')
    return undefined;
  const failed: BackupVerdict = {
    exitCode: EXIT.failed,
    outcome: 'Failed',
    summary: lastReason ?? nextAction.what,
  };
  const left: BackupVerdict = { exitCode: EXIT.done, outcome: 'Left', summary: nextAction.what };
  const verdicts: Readonly<Record<EndReason, BackupVerdict>> = {
    Healthy: {
      exitCode: EXIT.done,
      outcome: 'Succeeded',
      summary: `the backup is healthy, phase ${phase || 'unset'}`,
    },
    InvalidUnchanged: { exitCode: EXIT.usage, outcome: 'Invalid', summary: lastReason ?? nextAction.what },
    Settled: phase === 'Failed' ? failed : left,
    OldFailure: failed,
    RetryDisabled: failed,
    Deleting: { exitCode: EXIT.notFound, outcome: 'Gone', summary: nextAction.what },
    NotOurs: left,
    NotStarted: left,
  };
  return verdicts[leftBecause];
}

function timedOut(summary: string): BackupVerdict {
  return {
    exitCode: EXIT.timedOut,
    outcome: 'TimedOut',
    summary: `not settled in time, the work goes on: ${summary}`,
  };
}
