import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';

/** What a panel asks Prometheus. `legend` names the series, with labels as `{{label}}`. */
export interface Query {
  readonly expression: string;
  readonly legend: string;
}

/** The Prometheus that the reader has chosen at the top of the dashboard. */
export const PROMETHEUS = { type: 'prometheus', uid: '${datasource}' };

const REF_IDS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Name of the query at this place of its panel, as Grafana's editor gives them. */
export function refIdAt(index: number): string {
  return REF_IDS.charAt(index);
}

/** The course of the values over the dashboard's time range. */
export function overTime({ expression, legend }: Query, index: number): DataqueryBuilder {
  return named(index).expr(expression).legendFormat(legend).range();
}

/** The values at the end of the dashboard's time range. */
export function atTheEnd({ expression, legend }: Query, index: number): DataqueryBuilder {
  return named(index).expr(expression).legendFormat(legend).instant();
}

/** The same as rows with a column for each label. */
export function asRows(expression: string, index: number): DataqueryBuilder {
  return named(index).expr(expression).format(PromQueryFormat.Table).instant();
}

/** The buckets of a histogram, of which `expression` keeps `le` and nothing else. */
export function asBuckets(expression: string): DataqueryBuilder {
  return named(0).expr(expression).format(PromQueryFormat.Heatmap).legendFormat('{{le}}').range();
}

function named(index: number): DataqueryBuilder {
  return new DataqueryBuilder().refId(refIdAt(index)).datasource(PROMETHEUS);
}
