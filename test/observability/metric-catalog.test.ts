import { expect, test } from 'vitest';
import { metricCatalog } from '../../src/observability/metric-catalog.js';

const find = (name: string) => metricCatalog().find((metric) => metric.name === name);

test('a metric of every worker has the labels that it is declared with', () => {
  expect(find('holdfast_api_attempts_total')).toEqual({
    name: 'holdfast_api_attempts_total',
    type: 'counter',
    help: expect.stringMatching(/^Requests to the API server/),
    labels: ['verb', 'resource', 'code'],
  });
});

test('a metric of whoever holds the watch names the cluster, too', () => {
  expect(find('tidb_operator_log_backup_retry_duration_seconds')).toMatchObject({
    type: 'histogram',
    labels: ['namespace', 'backup', 'cluster'],
  });
  expect(find('holdfast_watch_started_timestamp_seconds')).toMatchObject({ labels: ['cluster'] });
});

test('no name is there twice, and every one says what it is', () => {
  const names = metricCatalog().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(metricCatalog().filter(({ help }) => !/^[A-Z0-9].*[.]$/.test(help))).toEqual([]);
});

test('counters end in _total, and times in their unit', () => {
  const misnamed = metricCatalog().filter(
    ({ name, type }) =>
      !/^(holdfast|tidb_operator)_[a-z_]+$/.test(name) || (type === 'counter') !== name.endsWith('_total'),
  );
  expect(misnamed).toEqual([]);
});
