import { metricCatalog, type CatalogMetric } from './metric-catalog.js';

/** From a line that names the prefixes of the metrics in it to the line that ends it. */
const TABLE = /^<!-- metrics: (.+) -->$[\s\S]*?^<!-- end of metrics -->$/gm;

/**
 * docs/metrics.md with its tables as the registries are now; the prose stays.
 * @throws Error where a metric belongs to no table or to two, or a table has none
 */
export function metricsPage(current: string): string {
  const catalog = metricCatalog();
  const placed = new Map<string, number>();
  const page = current.replaceAll(TABLE, (_table, prefixes: string) => {
    const own = catalog.filter(({ name }) => prefixes.split(' ').some((prefix) => name.startsWith(prefix)));
    if (own.length === 0) throw new Error(`docs/metrics.md has a table for no metric: ${prefixes}`);
    for (const { name } of own) placed.set(name, (placed.get(name) ?? 0) + 1);
    return [`<!-- metrics: ${prefixes} -->`, ...tableOf(own), '<!-- end of metrics -->'].join('\n');
  });
  const wrong = catalog.filter(({ name }) => placed.get(name) !== 1).map(({ name }) => name);
  if (wrong.length > 0) {
    throw new Error(`docs/metrics.md must have these metrics in exactly one table: ${wrong.join(', ')}`);
  }
  return page;
}

function tableOf(metrics: readonly CatalogMetric[]): string[] {
  const rows = metrics.map(({ name, type, help, labels }) => {
    const series = labels.length === 0 ? name : `${name}{${labels.join(',')}}`;
    return `| \`${series}\` | ${type} | ${inCell(help)} |`;
  });
  return ['| name | kind | meaning |', '| --- | --- | --- |', ...rows];
}

function inCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
