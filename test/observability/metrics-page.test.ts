import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { metricsPage } from '../../src/observability/metrics-page.js';

const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');

test('docs/metrics.md has every metric as the registries have it: else npm run monitoring -- --write-docs', () => {
  expect(page).toBe(metricsPage(page));
});

describe('a page that is out of date', () => {
  test('gets its tables anew, and keeps its prose', () => {
    const old = page.replace(
      /^\| `holdfast_restore_phase\{.*$/m,
      '| `holdfast_restore_gone` | gauge | Gone. |',
    );
    expect(old).not.toBe(page);
    expect(metricsPage(old)).toBe(page);
  });

  test('is refused where a metric has no table', () => {
    const lacking = page.replace('<!-- metrics: holdfast_api_ -->', 'No table here.');
    expect(() => metricsPage(lacking)).toThrow(/exactly one table: holdfast_api_attempts_total, /);
  });

  test('is refused where a metric has two', () => {
    const twice = `${page}\n<!-- metrics: holdfast_api_retries -->\n<!-- end of metrics -->\n`;
    expect(() => metricsPage(twice)).toThrow(/exactly one table: holdfast_api_retries_total$/);
  });

  test('is refused where a table would be empty', () => {
    const empty = `${page}\n<!-- metrics: holdfast_nothing -->\n<!-- end of metrics -->\n`;
    expect(() => metricsPage(empty)).toThrow(/a table for no metric: holdfast_nothing/);
  });
});
