import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { apiResilience } from './dashboards/api-resilience.js';
import { expressionsOf, variableQueriesOf } from './dashboards/dashboard-expressions.js';
import { logBackupHealth } from './dashboards/log-backup-health.js';
import { logBackupRetry } from './dashboards/log-backup-retry.js';
import { replicationRestores } from './dashboards/replication-restores.js';
import { restoreDrills } from './dashboards/restore-drills.js';
import type { RuleValues } from './values.js';

/** One dashboard, ready to be imported or provisioned. */
export interface BuiltDashboard {
  readonly uid: string;
  /** The dashboard's model; not wrapped in anything, as Grafana's import and its provisioning want it. */
  readonly json: string;
  /** What its panels ask, each once, with every choice at "all" and every window at five minutes. */
  readonly expressions: readonly string[];
  /** What its lists of choices ask; `label_values(...)` is Grafana's, not Prometheus'. */
  readonly variableQueries: readonly string[];
  readonly dashboard: Dashboard;
}

const DASHBOARDS = [logBackupRetry, logBackupHealth, replicationRestores, restoreDrills, apiResilience];

/** Temporal's Web UI as its development server has it; a constant of each dashboard, to be changed in its settings. */
const TEMPORAL_WEB_UI = { temporalUiUrl: 'http://localhost:8233', temporalNamespace: 'default' };

/** @param limits thresholds of the environment that the colors are for; the choices hold for all */
export function buildDashboards(limits: RuleValues): readonly BuiltDashboard[] {
  const runbookBaseUrl = limits.runbookBaseUrl.replace(/\/$/, '');
  const settings = { limits, addresses: { runbookBaseUrl, ...TEMPORAL_WEB_UI } };
  return DASHBOARDS.map((build) => {
    const dashboard = build(settings);
    if (dashboard.uid === undefined) throw new Error(`dashboard ${dashboard.title} has no uid`);
    return {
      uid: dashboard.uid,
      json: `${JSON.stringify(dashboard, undefined, 2)}\n`,
      expressions: expressionsOf(dashboard),
      variableQueries: variableQueriesOf(dashboard),
      dashboard,
    };
  });
}
