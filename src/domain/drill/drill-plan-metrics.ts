import { parseGoDuration } from '../go-duration.js';
import { usualSize } from './backup-size.js';
import type { DrillCause } from './drill-cause.js';
import type { DrillPlan } from './drill-plan.js';
import type { DrillReport } from './drill-report.js';
import { sizeHistory, type Ledger, type LedgerVerdict } from './ledger.js';
import type { RungName } from './rung.js';
import type { DrillVerdict } from './verdict.js';

/** A plan and what Temporal knows of its Schedule. */
export interface ScheduledPlan {
  readonly plan: DrillPlan;
  readonly createdMs: number;
  readonly paused: boolean;
  /** Milliseconds since the epoch; absent where it is paused, or has no cron. */
  readonly nextRunMs?: number;
  /** Runs that were missed for longer than the catch-up window, since the Schedule was created. */
  readonly missedRuns: number;
  /** Runs that were skipped because the one before still ran. */
  readonly skippedRuns: number;
}

/** Times in seconds since the epoch; a value that is absent is not known, or there is none. */
export interface ScheduleMetrics {
  readonly createdSeconds: number;
  readonly paused: boolean;
  readonly nextSeconds: number | undefined;
  readonly missed: number;
  readonly skipped: number;
  readonly rtoTargetSeconds: number;
  readonly rpoTargetSeconds: number;
}

export interface LedgerMetrics {
  /** Where the chain does not hold. */
  readonly problems: number;
  /** Of the newest drill; absent before the first one, as all below. */
  readonly verdict: DrillVerdict | undefined;
  readonly finishedSeconds: number | undefined;
  /** End of the newest drill that passed. */
  readonly verifiedSeconds: number | undefined;
  /** Of the newest drill that measured it. */
  readonly rtoSeconds: number | undefined;
  readonly rpoSeconds: number | undefined;
  /** Of the backup that was drilled last. */
  readonly sizeBytes: number | undefined;
  /** Median of the backups before it that passed; absent below three. */
  readonly usualSizeBytes: number | undefined;
}

/** What only the report of the newest drill tells. */
export interface ReportMetrics {
  readonly metadataMissing: boolean;
  /** Of the rungs that ran. */
  readonly rungSeconds: ReadonlyMap<RungName, number>;
  readonly downloadedBytes: number | undefined;
  /** How long the backup itself took, as its metadata says. */
  readonly backupSeconds: number | undefined;
}

/** All that is shown of a plan; a part that is absent is not known yet, or is not there. */
export interface DrillPlanMetrics {
  readonly schedule?: ScheduleMetrics;
  /** When its oldest running drill began. */
  readonly runningSeconds?: number | undefined;
  readonly ledger?: LedgerMetrics;
  readonly report?: ReportMetrics | undefined;
  /** When Schedule and ledger were both read without a failure. */
  readonly observedSeconds?: number;
}

export function scheduleMetrics(scheduled: ScheduledPlan): ScheduleMetrics {
  const { createdMs, paused, nextRunMs, missedRuns, skippedRuns, plan } = scheduled;
  return {
    createdSeconds: createdMs / 1_000,
    paused,
    nextSeconds: seconds(nextRunMs),
    missed: missedRuns,
    skipped: skippedRuns,
    rtoTargetSeconds: (parseGoDuration(plan.targets.rto) ?? 0) / 1_000,
    rpoTargetSeconds: (parseGoDuration(plan.targets.rpo) ?? 0) / 1_000,
  };
}

/** @param ledger may hold verdicts of other plans, and of this one about another place */
export function ledgerMetrics(plan: DrillPlan, ledger: Ledger): LedgerMetrics {
  const verdicts = verdictsOfPlan(plan, ledger);
  const newest = verdicts.at(-1);
  const sized = verdicts.findLast(({ sizeBytes }) => sizeBytes !== undefined);
  const history = sizeHistory(ledger, { plan: plan.name, except: sized?.backup.prefix ?? '' });
  return {
    problems: ledger.problems.length,
    verdict: newest?.verdict,
    finishedSeconds: seconds(newest?.finishedMs),
    verifiedSeconds: seconds(verdicts.findLast(({ verdict }) => verdict === 'pass')?.finishedMs),
    rtoSeconds: seconds(verdicts.findLast(({ rtoMs }) => rtoMs !== undefined)?.rtoMs),
    rpoSeconds: seconds(verdicts.findLast(({ rpoMs }) => rpoMs !== undefined)?.rpoMs),
    sizeBytes: sized?.sizeBytes,
    usualSizeBytes: usualSize(history),
  };
}

/** The newest verdict of a plan; `undefined` before its first drill. */
export function newestVerdict(plan: DrillPlan, ledger: Ledger): LedgerVerdict | undefined {
  return verdictsOfPlan(plan, ledger).at(-1);
}

export function reportMetrics({ rungs, rootCause, facts }: DrillReport): ReportMetrics {
  const checksums = rungs.find(({ rung }) => rung === 'checksums');
  return {
    metadataMissing: rootCause === ('missing-metadata' satisfies DrillCause),
    rungSeconds: new Map(
      rungs.flatMap(({ rung, durationMs }) =>
        durationMs === undefined ? [] : [[rung, durationMs / 1_000] as const],
      ),
    ),
    downloadedBytes: checksums?.measured?.['downloadedBytes'],
    backupSeconds: backupSeconds(facts),
  };
}

/** By the end of the drill: a verdict may reach the log a day late. */
function verdictsOfPlan({ name, store }: DrillPlan, { verdicts }: Ledger): LedgerVerdict[] {
  return verdicts
    .filter(({ plan, backup }) => plan === name && backup.prefix.startsWith(store.prefix))
    .sort((a, b) => a.finishedMs - b.finishedMs);
}

const LOCAL_TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)$/;

/**
 * The tools write local times of the server without a zone. Their difference is right, except where clocks were changed
 * meanwhile: what would end before it began is left out.
 */
function backupSeconds({ backupStartedAt, backupEndedAt }: DrillReport['facts']): number | undefined {
  const [start, end] = [backupStartedAt, backupEndedAt].map((text = '') =>
    Date.parse(text.replace(LOCAL_TIME, '$1T$2Z')),
  );
  const spentSeconds = ((end ?? Number.NaN) - (start ?? Number.NaN)) / 1_000;
  return spentSeconds >= 0 ? spentSeconds : undefined;
}

function seconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1_000;
}
