import { metricCatalog, type CatalogMetric } from '../../src/observability/metric-catalog.js';

const PLAN = ['plan', 'cluster'];
const gauge = (name: string, labels: readonly string[]): CatalogMetric => ({
  name,
  type: 'gauge',
  help: '',
  labels,
});

/** What the drill observer serves. */
const DRILLS: readonly CatalogMetric[] = [
  ...[
    'plan_created_timestamp',
    'last_finished_timestamp',
    'last_verified_timestamp',
    'rto',
    'rpo',
    'rto_target',
    'rpo_target',
    'backup_duration',
    'observed_timestamp',
    'running_started_timestamp',
  ].map((name) => gauge(`holdfast_drill_${name}_seconds`, PLAN)),
  ...['downloaded', 'backup_size', 'backup_size_median'].map((name) =>
    gauge(`holdfast_drill_${name}_bytes`, PLAN),
  ),
  ...['backup_metadata_missing', 'ledger_problems'].map((name) => gauge(`holdfast_drill_${name}`, PLAN)),
  ...['next_timestamp_seconds', 'paused', 'missed_total', 'skipped_total'].map((name) =>
    gauge(`holdfast_schedule_${name}`, PLAN),
  ),
  gauge('holdfast_drill_last_verdict', [...PLAN, 'verdict']),
  gauge('holdfast_drill_rung_seconds', [...PLAN, 'rung']),
  gauge('holdfast_drill_observe_failures_total', ['step']),
];

/** Every metric that dashboards may ask for. */
export function allMetrics(): readonly CatalogMetric[] {
  const catalog = metricCatalog();
  const names = new Set(catalog.map(({ name }) => name));
  return [...catalog, ...DRILLS.filter(({ name }) => !names.has(name))];
}
