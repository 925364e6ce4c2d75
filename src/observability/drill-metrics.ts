import { Counter, Gauge, Registry } from 'prom-client';
import type {
  DrillPlanMetrics,
  LedgerMetrics,
  ReportMetrics,
  ScheduleMetrics,
} from '../domain/drill/drill-plan-metrics.js';
import { createHeldRegistry } from './held-registry.js';

/** Metrics of a drill host. */
export interface DrillMetrics {
  /** Creates the counters at 0, so that their first increment is seen as one. */
  touch(steps: readonly string[]): void;
  failed(step: string): void;
  /** Everything to serve now. */
  registries(): readonly Registry[];
  /** Begins the series of the plans, which only the host serves that observes them. */
  begin(): ObservedPlans;
}

/** The series of all plans. They are made of this at each scrape: a plan that is not here has none. */
export interface ObservedPlans {
  /** Adds to what is shown of a plan. */
  show(plan: string, change: DrillPlanMetrics): void;
  keepOnly(plans: ReadonlySet<string>): void;
  /** This host observes no more. */
  end(): void;
}

export function createDrillMetrics({ cluster }: { cluster: string }): DrillMetrics {
  const registry = new Registry();
  const held = createHeldRegistry({ cluster });
  const failures = new Counter({
    name: 'holdfast_drill_observe_failures_total',
    help: 'Failed attempts of this host to read Schedules, ledgers and reports of drill plans.',
    labelNames: ['step'],
    registers: [registry],
  });
  return {
    touch: (steps) => {
      for (const step of steps) failures.inc({ step }, 0);
    },
    failed: (step) => failures.inc({ step }),
    registries: () => [registry, ...held.current()],
    begin: () => {
      const { registry: own, end } = held.begin();
      const plans = new Map<string, DrillPlanMetrics>();
      for (const metric of PLAN_METRICS) registerPlanMetric(own, { metric, plans });
      return {
        show: (plan, change) => plans.set(plan, { ...plans.get(plan), ...change }),
        keepOnly: (names) => {
          for (const plan of plans.keys()) if (!names.has(plan)) plans.delete(plan);
        },
        end,
      };
    },
  };
}

/** Value and label of one series; there is none where the value is `undefined`. */
type Sample = readonly [value: number | undefined, label?: string];

interface PlanMetric {
  /** Without `holdfast_`. */
  readonly name: string;
  readonly help: string;
  /** Beside `plan`. */
  readonly label?: string;
  readonly isCounter?: true;
  readonly samples: (metrics: DrillPlanMetrics) => readonly Sample[];
}

interface Series {
  reset(): void;
  inc(labels: Record<string, string>, value: number): void;
}

function registerPlanMetric(
  registry: Registry,
  { metric, plans }: { metric: PlanMetric; plans: ReadonlyMap<string, DrillPlanMetrics> },
): Counter | Gauge {
  const { name, help, label, samples, isCounter = false } = metric;
  const settings = {
    name: `holdfast_${name}`,
    help,
    labelNames: label === undefined ? ['plan'] : ['plan', label],
    registers: [registry],
    collect(this: Series) {
      this.reset();
      for (const [plan, metrics] of plans) {
        for (const [value, labelValue = ''] of samples(metrics)) {
          if (value === undefined) continue;
          this.inc(label === undefined ? { plan } : { plan, [label]: labelValue }, value);
        }
      }
    },
  };
  return isCounter ? new Counter(settings) : new Gauge(settings);
}

const ofSchedule =
  (value: (schedule: ScheduleMetrics) => number | undefined): PlanMetric['samples'] =>
  ({ schedule }) =>
    schedule === undefined ? [] : [[value(schedule)]];
const ofLedger =
  (value: (ledger: LedgerMetrics) => number | undefined): PlanMetric['samples'] =>
  ({ ledger }) =>
    ledger === undefined ? [] : [[value(ledger)]];
const ofReport =
  (value: (report: ReportMetrics) => number | undefined): PlanMetric['samples'] =>
  ({ report }) =>
    report === undefined ? [] : [[value(report)]];

const VERDICTS = ['pass', 'fail', 'inconclusive'] as const;

const PLAN_METRICS: readonly PlanMetric[] = [
  {
    name: 'drill_plan_created_timestamp_seconds',
    help: 'When the plan was first applied.',
    samples: ofSchedule(({ createdSeconds }) => createdSeconds),
  },
  {
    name: 'drill_last_verdict',
    help: '1 for the verdict of the newest drill, 0 for the others; absent before the first drill.',
    label: 'verdict',
    samples: ({ ledger }) =>
      ledger?.verdict === undefined
        ? []
        : VERDICTS.map((verdict) => [verdict === ledger.verdict ? 1 : 0, verdict] as const),
  },
  {
    name: 'drill_last_finished_timestamp_seconds',
    help: 'When the newest drill ended, with whatever verdict.',
    samples: ofLedger(({ finishedSeconds }) => finishedSeconds),
  },
  {
    name: 'drill_last_verified_timestamp_seconds',
    help: 'When the newest drill that passed ended; absent before it.',
    samples: ofLedger(({ verifiedSeconds }) => verifiedSeconds),
  },
  {
    name: 'drill_rto_seconds',
    help: 'Time of the rungs that a restore needs, in the newest drill that measured it.',
    samples: ofLedger(({ rtoSeconds }) => rtoSeconds),
  },
  {
    name: 'drill_rpo_seconds',
    help: 'Age of what could be restored when the newest drill that measured it began.',
    samples: ofLedger(({ rpoSeconds }) => rpoSeconds),
  },
  {
    name: 'drill_rto_target_seconds',
    help: "The plan's target for the RTO.",
    samples: ofSchedule(({ rtoTargetSeconds }) => rtoTargetSeconds),
  },
  {
    name: 'drill_rpo_target_seconds',
    help: "The plan's target for the RPO.",
    samples: ofSchedule(({ rpoTargetSeconds }) => rpoTargetSeconds),
  },
  {
    name: 'drill_rung_seconds',
    help: 'Duration of each rung that ran in the newest drill.',
    label: 'rung',
    samples: ({ report }) => [...(report?.rungSeconds ?? [])].map(([rung, value]) => [value, rung] as const),
  },
  {
    name: 'drill_downloaded_bytes',
    help: 'What the newest drill downloaded.',
    samples: ofReport(({ downloadedBytes }) => downloadedBytes),
  },
  {
    name: 'drill_backup_size_bytes',
    help: 'Size of the backup that was drilled last.',
    samples: ofLedger(({ sizeBytes }) => sizeBytes),
  },
  {
    name: 'drill_backup_size_median_bytes',
    help: "Median size of the plan's other backups that passed, the last ten; absent below three.",
    samples: ofLedger(({ usualSizeBytes }) => usualSizeBytes),
  },
  {
    name: 'drill_backup_duration_seconds',
    help: 'How long the backup that was drilled last took to be made, as its metadata says.',
    samples: ofReport(({ backupSeconds }) => backupSeconds),
  },
  {
    name: 'drill_backup_metadata_missing',
    help: '1 where the newest drill ended because metadata of the backup are missing, else 0.',
    samples: ofReport(({ metadataMissing }) => (metadataMissing ? 1 : 0)),
  },
  {
    name: 'drill_ledger_problems',
    help: 'Places where the chain of the ledger does not hold: somebody removed, changed or added an entry.',
    samples: ofLedger(({ problems }) => problems),
  },
  {
    name: 'drill_observed_timestamp_seconds',
    help: 'When Schedule and ledger of the plan were last read without a failure.',
    samples: ({ observedSeconds }) => [[observedSeconds]],
  },
  {
    name: 'schedule_next_timestamp_seconds',
    help: 'When the plan is due next; absent where it is paused, or has no schedule.',
    samples: ofSchedule(({ nextSeconds }) => nextSeconds),
  },
  {
    name: 'schedule_paused',
    help: '1 where the Schedule of the plan is paused, else 0.',
    samples: ofSchedule(({ paused }) => (paused ? 1 : 0)),
  },
  {
    name: 'schedule_missed_total',
    help: "Drills that were missed for longer than the catch-up window, as Temporal's Schedule counts them.",
    isCounter: true,
    samples: ofSchedule(({ missed }) => missed),
  },
  {
    name: 'schedule_skipped_total',
    help: "Drills that were skipped because the one before still ran, as Temporal's Schedule counts them.",
    isCounter: true,
    samples: ofSchedule(({ skipped }) => skipped),
  },
  {
    name: 'drill_running_started_timestamp_seconds',
    help: 'When the oldest drill of the plan that runs now began; absent while none runs.',
    samples: ({ runningSeconds }) => [[runningSeconds]],
  },
];
