import { TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { DataTransformerConfig, DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { framed, mappingOf, type ColorStep, type Meaning, type PanelFrame } from './panels.js';
import { asRows, refIdAt } from './queries.js';

/** One column of values; the first has every row. Its expression must have exactly the table's labels, so that rows of all columns meet. */
export interface Column {
  readonly name: string;
  readonly expression: string;
  readonly unit: string;
  readonly meanings?: readonly Meaning[];
  readonly colors?: readonly ColorStep[];
}

/** A link of each row, with `${__data.fields["<name>"]}` for what stands in it. */
export interface RowLink {
  readonly title: string;
  readonly url: string;
}

export interface TableOptions extends PanelFrame {
  /** Label → head of its column, in the order shown. Other labels do not occur. */
  readonly labels: Readonly<Record<string, string>>;
  readonly columns: readonly Column[];
  readonly links?: readonly RowLink[];
  /** Head of the column to sort by, the largest first. Default: the first column of values. */
  readonly sortBy?: string;
  readonly noValue: string;
}

/** One row for each set of labels; every column is an expression of its own, asked at the end of the time range. */
export function tablePanel(options: TableOptions): TablePanel {
  const { labels, columns } = options;
  const panel = framed(new TablePanel(), options)
    .noValue(options.noValue)
    .targets(columns.map(({ expression }, index) => asRows(expression, index)))
    .transformations([{ id: 'merge', options: {} }, organized(labels, columns)])
    .sortBy([
      new TableSortByFieldStateBuilder().displayName(options.sortBy ?? columns[0]?.name ?? '').desc(true),
    ]);
  for (const column of columns) panel.overrideByName(column.name, propertiesOf(column));
  const links = options.links?.map((link) => ({ ...link, targetBlank: true }));
  const [firstHead] = Object.values(labels);
  if (links !== undefined && firstHead !== undefined)
    panel.overrideByRegexp(`^(${Object.values(labels).join('|')})$`, [{ id: 'links', value: links }]);
  return panel;
}

/**
 * Hides the time, names the columns and puts labels first. Grafana calls a value `Value #A`, or `Value` where only one
 * query has an answer: that is the first, whose rows are all that there are.
 */
function organized(labels: TableOptions['labels'], columns: readonly Column[]): DataTransformerConfig {
  const values = columns.map(({ name }, index) => [`Value #${refIdAt(index)}`, name]);
  const only = columns.slice(0, 1).map(({ name }) => ['Value', name]);
  const heads = [...Object.entries(labels), ...only, ...values];
  return {
    id: 'organize',
    options: {
      excludeByName: { Time: true },
      renameByName: Object.fromEntries(heads),
      indexByName: Object.fromEntries(heads.map(([field], index) => [field, index])),
    },
  };
}

function propertiesOf({ unit, meanings, colors }: Column): DynamicConfigValue[] {
  const properties: DynamicConfigValue[] = [{ id: 'unit', value: unit }];
  if (meanings !== undefined) properties.push({ id: 'mappings', value: [mappingOf(meanings)] });
  if (colors !== undefined) {
    const steps = colors.map(({ from, color }) => ({ value: from, color }));
    properties.push({ id: 'thresholds', value: { mode: 'absolute', steps } });
  }
  if (meanings !== undefined || colors !== undefined)
    properties.push({ id: 'custom.cellOptions', value: { type: 'color-text' } });
  return properties;
}
