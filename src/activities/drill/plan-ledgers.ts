import type { DrillPlan, StoreLocation } from '../../domain/drill/drill-plan.js';
import {
  ledgerMetrics,
  newestVerdict,
  reportMetrics,
  type DrillPlanMetrics,
  type ReportMetrics,
} from '../../domain/drill/drill-plan-metrics.js';
import type { Ledger } from '../../domain/drill/ledger.js';
import { createLedgerFollower, type LedgerFollower } from '../../storage/ledger-log.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { readDrillReport } from '../../storage/read-drill-report.js';
import type { Attempt } from './drill-watch-dependencies.js';

/** Of one ledger with its reports. What was read of a long log by then is kept, and gone on with in the next round. */
const DEADLINE_MS = 15_000;

/** Plans that keep their verdicts in one place. */
export interface LedgerGroup {
  readonly location: StoreLocation;
  readonly plans: readonly DrillPlan[];
}

type Seen = Pick<DrillPlanMetrics, 'ledger' | 'report'>;

/** Ledgers that are read again and again: connections, and what was read, are kept. */
export interface PlanLedgers {
  /** Begins a round: one group for each ledger. Ledgers of other plans are closed. */
  groupsOf(plans: readonly DrillPlan[]): readonly LedgerGroup[];
  /** What ledger and newest report say of each plan of the group; of none where the ledger could not be read. */
  read(group: LedgerGroup, signal: AbortSignal): Promise<ReadonlyMap<string, Seen>>;
  close(): void;
}

interface OpenLedger {
  readonly store: ObjectStore;
  readonly follower: LedgerFollower;
  /** The newest report of each plan: none is written twice. */
  readonly reports: Map<string, { readonly key: string; readonly metrics: ReportMetrics }>;
}

export function createPlanLedgers({
  openStore,
  attempt,
}: {
  openStore: (location: StoreLocation) => ObjectStore;
  attempt: Attempt;
}): PlanLedgers {
  const open = new Map<string, OpenLedger>();
  const opened = (location: StoreLocation): OpenLedger => {
    const known = open.get(keyOf(location));
    if (known !== undefined) return known;
    const store = openStore(location);
    const follower = createLedgerFollower({ store, prefix: location.prefix });
    const fresh = { store, follower, reports: new Map() };
    open.set(keyOf(location), fresh);
    return fresh;
  };
  const keepOnly = (keys: ReadonlySet<string>): void => {
    for (const [key, { store }] of open) {
      if (keys.has(key)) continue;
      store.close();
      open.delete(key);
    }
  };
  return {
    groupsOf: (plans) => {
      const groups = groupedByLedger(plans);
      keepOnly(new Set(groups.map(({ location }) => keyOf(location))));
      return groups;
    },
    read: async (group, signal) => {
      const ledger = opened(group.location);
      return readGroup({
        group,
        ledger,
        attempt,
        signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
      });
    },
    close: () => keepOnly(new Set()),
  };
}

interface Reading {
  readonly group: LedgerGroup;
  readonly ledger: OpenLedger;
  readonly attempt: Attempt;
  readonly signal: AbortSignal;
}

async function readGroup(reading: Reading): Promise<ReadonlyMap<string, Seen>> {
  const { group, ledger, attempt, signal } = reading;
  const seen = new Map<string, Seen>();
  const { bucket, prefix } = group.location;
  const what = { step: 'ledger', of: `s3://${bucket}/${prefix}` } as const;
  const log = await attempt(what, () => ledger.follower.read({ signal }));
  if (log === undefined) return seen;
  for (const plan of group.plans) {
    const report = await attempt({ step: 'report', of: plan.name }, () =>
      newestReport(reading, { plan, log }),
    );
    seen.set(plan.name, { ledger: ledgerMetrics(plan, log), report });
  }
  return seen;
}

/** `undefined` also where somebody has removed it: the ledger says enough. @throws StoreFailure; Error where it is none */
async function newestReport(
  { ledger: { store, reports }, signal }: Reading,
  { plan, log }: { plan: DrillPlan; log: Ledger },
): Promise<ReportMetrics | undefined> {
  const key = newestVerdict(plan, log)?.report;
  if (key === undefined) return undefined;
  const known = reports.get(plan.name);
  if (known?.key === key) return known.metrics;
  const report = await readDrillReport(store, key, { signal });
  if (report === 'gone') return undefined;
  if (report === 'unknown') throw new Error(`the report ${key} is of a version that this host does not know`);
  const metrics = reportMetrics(report);
  reports.set(plan.name, { key, metrics });
  return metrics;
}

function groupedByLedger(plans: readonly DrillPlan[]): LedgerGroup[] {
  const groups = new Map<string, { location: StoreLocation; plans: DrillPlan[] }>();
  for (const plan of plans) {
    const location = plan.ledger ?? plan.store;
    const group = groups.get(keyOf(location)) ?? { location, plans: [] };
    group.plans.push(plan);
    groups.set(keyOf(location), group);
  }
  return [...groups.values()];
}

/** The plan's own words: the same place by other credentials is another one. */
function keyOf(location: StoreLocation): string {
  return JSON.stringify(location);
}
