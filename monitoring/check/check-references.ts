import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { metricNamesIn } from '../metric-names.js';
import type { AlertingRule } from '../rules/rule-group.js';
import { knownSeries } from './known-series.js';

const runbooksFolder = new URL('../../docs/runbooks', import.meta.url);

/** Rules that read what nobody exports, or name in a text a label that the alert does not have. */
export function referenceProblems(rules: readonly AlertingRule[]): string[] {
  const known = knownSeries();
  return rules.flatMap(({ alert, expr, annotations }) => {
    const strangers = metricNamesIn(expr).filter((name) => !known.has(name));
    const texts = Object.values(annotations).join('\n');
    const labels = [...texts.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label);
    // Every rule aggregates: what it does not name is not there. The cluster of `absent` stands in the values.
    const lost = labels.filter((label) => label !== 'cluster' && !new RegExp(`\\b${label}\\b`).test(expr));
    return [
      ...strangers.map(
        (name) => `${alert} reads ${name}, which no worker exports and foreign-metrics.ts lacks`,
      ),
      ...[...new Set(lost)].map((label) => `${alert} names the label ${label}, which its series do not have`),
    ];
  });
}

/** Alerts whose `runbook_url` leads to no page, and pages of no alert. */
export async function runbookProblems(rules: readonly AlertingRule[]): Promise<string[]> {
  const pages = new Set((await readdir(runbooksFolder)).filter((name) => name.endsWith('.md')));
  const wanted = new Set(rules.map(({ annotations }) => basename(new URL(annotations.runbook_url).pathname)));
  const lacking = [...wanted].filter((page) => !pages.has(page));
  const idle = [...pages].filter((page) => page !== 'README.md' && !wanted.has(page));
  return [
    ...(lacking.length === 0 ? [] : [`docs/runbooks lacks ${lacking.join(', ')}`]),
    ...(idle.length === 0 ? [] : [`docs/runbooks has pages of no alert: ${idle.join(', ')}`]),
  ];
}
