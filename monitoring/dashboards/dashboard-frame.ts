import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  AnnotationQueryBuilder,
  ConstantVariableBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
  type Dashboard,
  type Panel,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import type { RuleValues } from '../values.js';
import { PROMETHEUS } from './queries.js';

/** Where what lies outside Grafana is found; written into each dashboard as constants that can be edited there. */
export interface OutsideAddresses {
  /** Folder of the runbooks, one `<AlertName>.md` each; without the last slash. */
  readonly runbookBaseUrl: string;
  /** Temporal Web UI, without the last slash. */
  readonly temporalUiUrl: string;
  readonly temporalNamespace: string;
}

/** What differs from one organization to the next. */
export interface DashboardSettings {
  /** The thresholds of the alerts: what is red here is what pages. */
  readonly limits: RuleValues;
  readonly addresses: OutsideAddresses;
}

/** A list of values of one label, of which the reader takes some, or all. */
export interface Choice {
  readonly name: string;
  readonly label: string;
  /** Series that have the label; a choice before this one may narrow them. */
  readonly series: string;
}

export interface DashboardParts {
  /** Never changes: links and alerts outside name it. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly choices: readonly Choice[];
  /** Matchers of the firing alerts that are drawn into the panels. */
  readonly alerts: string;
  readonly rows: readonly { readonly title?: string; readonly panels: readonly Builder<Panel>[] }[];
  /** How far back it looks at first. */
  readonly from?: string;
}

const TAG = 'holdfast';

/**
 * The model that every Grafana since 8 imports and provisions. The SDK calls it superseded by version 2, which only
 * Grafana 12 and later read.
 */
export function dashboardOf(parts: DashboardParts, { addresses }: DashboardSettings): Dashboard {
  const dashboard = new DashboardBuilder(parts.title)
    .uid(parts.uid)
    .description(parts.description)
    .tags([TAG, ...parts.tags])
    .timezone('browser')
    .time({ from: parts.from ?? 'now-6h', to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .links(linksOf())
    .variables([...variablesOf(parts.choices), ...constantsOf(addresses)])
    .annotation(firingAlerts(parts.alerts));
  for (const { title, panels } of parts.rows) {
    if (title !== undefined) dashboard.withRow(new RowBuilder(title));
    for (const panel of panels) dashboard.withPanel(panel);
  }
  return finished(dashboard.build());
}

/**
 * What the SDK leaves out or adds on its own: every panel needs a number, and links and marks belong on the dashboard, not
 * into the menu where newer Grafana hides what has a `placement`.
 */
function finished(dashboard: Dashboard): Dashboard {
  const { panels = [], links = [], annotations } = dashboard;
  return {
    ...dashboard,
    panels: panels.map((panel, index) => ({ ...panel, id: index + 1 })),
    links: links.map(({ placement: _menu, ...link }) => link),
    annotations: { list: (annotations.list ?? []).map(({ placement: _menu, ...mark }) => mark) },
  };
}

function linksOf(): DashboardLinkBuilder[] {
  return [
    new DashboardLinkBuilder('Holdfast')
      .type(DashboardLinkType.Dashboards)
      .tags([TAG])
      .asDropdown(true)
      .includeVars(true)
      .keepTime(true),
    outside('Temporal Web UI', '${temporal_ui}/namespaces/${temporal_namespace}/workflows'),
    outside('Runbooks', '${runbooks}'),
  ];
}

function outside(title: string, url: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title)
    .type(DashboardLinkType.Link)
    .icon('external link')
    .url(url)
    .targetBlank(true);
}

function variablesOf(choices: readonly Choice[]): Builder<VariableModel>[] {
  const datasource = new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus');
  return [datasource, ...choices.map(choiceVariable)];
}

function choiceVariable({ name, label, series }: Choice): QueryVariableBuilder {
  const query = `label_values(${series}, ${name})`;
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(PROMETHEUS)
    .definition(query)
    .query({ qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}

function constantsOf(addresses: OutsideAddresses): Builder<VariableModel>[] {
  return [
    new ConstantVariableBuilder('runbooks').value(addresses.runbookBaseUrl),
    new ConstantVariableBuilder('temporal_ui').value(addresses.temporalUiUrl),
    new ConstantVariableBuilder('temporal_namespace').value(addresses.temporalNamespace),
  ];
}

function firingAlerts(matchers: string): AnnotationQueryBuilder {
  const target = new DataqueryBuilder()
    .refId('Anno')
    .expr(`ALERTS{alertstate="firing", ${matchers}}`)
    .interval('60s');
  return new AnnotationQueryBuilder()
    .name('Firing alerts')
    .datasource(PROMETHEUS)
    .enable(true)
    .hide(false)
    .iconColor('red')
    .target(target)
    .titleFormat('{{alertname}}')
    .tagKeys('severity');
}
