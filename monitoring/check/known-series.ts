import { metricCatalog } from '../../src/observability/metric-catalog.js';
import { FOREIGN_METRICS } from '../foreign-metrics.js';

/** Labels that scraping adds, and those of a histogram's series. */
const ADDED_LABELS = ['job', 'instance', 'le'];
const HISTOGRAM_SUFFIXES = ['_bucket', '_sum', '_count'];

/** What rules and dashboards may read, with its labels; `undefined` where the metric is not ours. */
export function knownSeries(): ReadonlyMap<string, ReadonlySet<string> | undefined> {
  const ours = metricCatalog().flatMap(({ name, type, labels }) => {
    const series = type === 'histogram' ? HISTOGRAM_SUFFIXES.map((suffix) => `${name}${suffix}`) : [name];
    return series.map((each) => [each, new Set([...labels, ...ADDED_LABELS])] as const);
  });
  return new Map([...FOREIGN_METRICS.map(({ name }) => [name, undefined] as const), ...ours]);
}
