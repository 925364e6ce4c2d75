import type { Dashboard, GridPos } from '@grafana/grafana-foundation-sdk/dashboard';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { BuiltDashboard } from '../build-dashboards.js';
import { metricNamesIn } from '../metric-names.js';
import { knownSeries } from './known-series.js';
import { complaintsOf } from './run-tool.js';

type Panels = NonNullable<Dashboard['panels']>;
type AnyPanel = Panels[number];

/** Columns of Grafana's grid. */
const GRID_WIDTH = 24;

/**
 * What is wrong with the dashboards, one sentence each: panels in each other's way, series that nobody serves, labels that
 * a metric does not have, and what promtool says of the expressions.
 */
export async function dashboardProblems(
  built: readonly BuiltDashboard[],
  promtool: string,
): Promise<string[]> {
  const uids = built.map(({ uid }) => uid);
  const doubled = [...new Set(uids.filter((uid, index) => uids.indexOf(uid) !== index))];
  const known = knownSeries();
  return [
    ...doubled.map((uid) => `${uid}: two dashboards have this uid`),
    ...built.flatMap(({ uid, dashboard, expressions, variableQueries }) =>
      [
        ...panelProblems(dashboard.panels ?? []),
        ...[...expressions, ...variableQueries].flatMap((asked) => askedProblems(asked, known)),
      ].map((problem) => `${uid}: ${problem}`),
    ),
    ...(await syntaxProblems(built, promtool)),
  ];
}

/** As rules that record every expression, promtool reads each as Prometheus would. */
async function syntaxProblems(built: readonly BuiltDashboard[], promtool: string): Promise<string[]> {
  const groups = [...new Set(built)].map(({ uid, expressions }, group) => ({
    name: `${group}: ${uid}`,
    rules: expressions.map((expr, rule) => ({ record: `dashboard:panel:${group}:${rule}`, expr })),
  }));
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-dashboards-'));
  try {
    const file = join(folder, 'expressions.yaml');
    await writeFile(file, stringify({ groups }, { lineWidth: 0 }));
    return await complaintsOf(promtool, ['check', 'rules', file]);
  } finally {
    await rm(folder, { recursive: true });
  }
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

type KnownSeries = ReturnType<typeof knownSeries>;

const LABEL_VALUES = /^label_values\((?<series>.*), (?<label>\w+)\)$/;
const SELECTOR = /(?<metric>[a-zA-Z_:][\w:]*)\{(?<matchers>[^}]*)\}/g;

function askedProblems(asked: string, known: KnownSeries): string[] {
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

function lacking(metric: string, used: readonly string[], known: KnownSeries): string[] {
  const labels = known.get(metric);
  if (labels === undefined) return [];
  return used.filter((label) => !labels.has(label)).map((label) => `${metric} has no label ${label}`);
}
