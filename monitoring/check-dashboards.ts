import type { Dashboard, GridPos } from '@grafana/grafana-foundation-sdk/dashboard';
import { stringify } from 'yaml';
import type { CatalogMetric } from '../src/observability/metric-catalog.js';
import type { BuiltDashboard } from './build-dashboards.js';
import { FOREIGN_METRICS } from './foreign-metrics.js';
import { metricNamesIn } from './metric-names.js';

type Panels = NonNullable<Dashboard['panels']>;
type AnyPanel = Panels[number];

/** Columns of Grafana's grid. */
const GRID_WIDTH = 24;
/** Labels that scraping adds, and those of our registries' defaults. */
const ADDED_LABELS = ['job', 'instance', 'cluster', 'le'];

/**
 * What is wrong with the dashboards, one sentence each: panels in each other's way, series that nobody serves, labels that
 * a metric does not have. Whether an expression is one, promtool says of `recordingRules`.
 */
export function dashboardProblems(
  built: readonly BuiltDashboard[],
  catalog: readonly CatalogMetric[],
): string[] {
  const labels = labelsByMetric(catalog);
  const uids = built.map(({ uid }) => uid);
  return built.flatMap((board) => {
    const problems = [
      ...(uids.filter((uid) => uid === board.uid).length > 1 ? ['another dashboard has its uid'] : []),
      ...panelProblems(board.dashboard.panels ?? []),
      ...[...board.expressions, ...board.variableQueries].flatMap((asked) => askedProblems(asked, labels)),
    ];
    return problems.map((problem) => `${board.uid}: ${problem}`);
  });
}

/** A rule file that records every expression, so that promtool reads each as Prometheus would. */
export function recordingRules(built: readonly BuiltDashboard[]): string {
  const groups = built.map(({ uid, expressions }) => ({
    name: uid,
    rules: expressions.map((expr, index) => ({
      record: `dashboard:${uid.replaceAll('-', '_')}:${index}`,
      expr,
    })),
  }));
  return stringify({ groups }, { lineWidth: 0 });
}

function panelProblems(panels: Panels): string[] {
  const ids = new Set(panels.map(({ id }) => id));
  return [
    ...(ids.size === panels.length ? [] : ['two panels have the same id']),
    ...panels.flatMap((panel, index) => [
      ...placeProblems(panel),
      ...panels
        .slice(index + 1)
        .filter((other) => overlap(panel.gridPos, other.gridPos))
        .map((other) => `${titleOf(panel)} and ${titleOf(other)} overlap`),
    ]),
  ];
}

function placeProblems(panel: AnyPanel): string[] {
  const { gridPos } = panel;
  if (gridPos === undefined) return [`${titleOf(panel)} has no place`];
  return gridPos.x + gridPos.w > GRID_WIDTH ? [`${titleOf(panel)} is wider than the grid`] : [];
}

function overlap(one: GridPos | undefined, other: GridPos | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  const across = one.x < other.x + other.w && other.x < one.x + one.w;
  return across && one.y < other.y + other.h && other.y < one.y + one.h;
}

const titleOf = ({ title = 'a panel without title' }: AnyPanel): string => `"${title}"`;

/** Labels of each series name; `undefined` where they are another's. */
type KnownLabels = ReadonlyMap<string, ReadonlySet<string> | undefined>;

function labelsByMetric(catalog: readonly CatalogMetric[]): KnownLabels {
  const ours = catalog.flatMap(({ name, type, labels }) => {
    const series =
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => `${name}${end}`) : [name];
    return series.map((each) => [each, new Set([...labels, ...ADDED_LABELS])] as const);
  });
  return new Map([...FOREIGN_METRICS.map(({ name }) => [name, undefined] as const), ...ours]);
}

const LABEL_VALUES = /^label_values\((?<series>.*), (?<label>\w+)\)$/;
const SELECTOR = /(?<metric>[a-zA-Z_:][\w:]*)\{(?<matchers>[^}]*)\}/g;

function askedProblems(asked: string, known: KnownLabels): string[] {
  const choice = LABEL_VALUES.exec(asked)?.groups;
  const expression = choice?.['series'] ?? asked;
  const unknown = metricNamesIn(expression).filter((name) => !known.has(name));
  const selectors = [...expression.matchAll(SELECTOR)].flatMap(({ groups = {} }) => {
    const used = [...(groups['matchers'] ?? '').matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(
      ([, label = '']) => label,
    );
    return lacking(groups['metric'] ?? '', used, known);
  });
  const chosen =
    choice === undefined ? [] : lacking(metricNamesIn(expression)[0] ?? '', [choice['label'] ?? ''], known);
  return [...unknown.map((name) => `nobody serves ${name}, in: ${asked}`), ...selectors, ...chosen];
}

function lacking(metric: string, used: readonly string[], known: KnownLabels): string[] {
  const labels = known.get(metric);
  if (labels === undefined) return [];
  return used.filter((label) => !labels.has(label)).map((label) => `${metric} has no label ${label}`);
}
