import { describe, expect, it } from 'vitest';
import { metricNamesIn } from '../../monitoring/metric-names.js';

describe('the metrics that an expression reads', () => {
  it.each([
    ['up', ['up']],
    ['sum by (namespace, backup) (increase(retry_total{reason=~"a|b"}[5m]))', ['retry_total']],
    ['sum(rate(a_total[5m])) by (le) / on (le) group_left (reason) (b > 0)', ['a_total', 'b']],
    ['time() - max by (cluster) (seen_seconds offset 5m) > 1e3', ['seen_seconds']],
    ['histogram_quantile(0.95, sum by (le) (rate(x_bucket[$__rate_interval])))', ['x_bucket']],
    ['a and on (b) c unless d or vector(0)', ['a', 'c', 'd']],
    ['a{text="b{c} and (d)"} == bool 1', ['a']],
    ['a == Inf or a == NaN', ['a']],
    ['job:requests:rate5m * 60 # not this', ['job:requests:rate5m']],
    ['max_over_time(count(up == 1)[1h:5m])', ['up']],
  ])('are found in %s', (expression, names) => {
    expect(metricNamesIn(expression)).toEqual(names);
  });
});
