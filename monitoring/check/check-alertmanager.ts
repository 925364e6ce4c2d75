import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import type { BuiltEnvironment } from '../build-files.js';
import { ruleGroups } from '../build-rules.js';
import type { AlertingRule } from '../rules/rule-group.js';
import type { AlertmanagerValues } from '../values.js';
import { complaintsOf } from './run-tool.js';

const expectedFile = new URL('../expected-receivers.yaml', import.meta.url);
const Expected = z.record(z.string(), z.array(z.string()));

/** What amtool says against the configuration of one environment, and which alerts it would send elsewhere. */
export async function alertmanagerProblems(built: BuiltEnvironment, amtool: string): Promise<string[]> {
  const syntax = await complaintsOf(amtool, ['check-config', built.alertmanagerFile]);
  if (syntax.length > 0) return syntax;
  const expected = Expected.parse(parse(await readFile(expectedFile, 'utf8')));
  const rules = ruleGroups(built.values.rules).flatMap((group) => group.rules);
  const problems = await Promise.all(rules.map((rule) => routeProblems({ rule, expected, built, amtool })));
  return [...strangers(expected, rules), ...problems.flat()];
}

async function routeProblems({
  rule,
  expected,
  built,
  amtool,
}: {
  rule: AlertingRule;
  expected: z.infer<typeof Expected>;
  built: BuiltEnvironment;
  amtool: string;
}): Promise<string[]> {
  const receivers = receiversOf(rule, { expected, values: built.values.alertmanager });
  if (receivers === undefined) return [`expected-receivers.yaml must name ${rule.alert} exactly once`];
  const labels = Object.entries({ alertname: rule.alert, ...rule.labels });
  const complaints = await complaintsOf(amtool, [
    'config',
    'routes',
    'test',
    `--config.file=${built.alertmanagerFile}`,
    `--verify.receivers=${receivers.join(',')}`,
    ...labels.map(([name, value]) => `${name}=${value}`),
  ]);
  return complaints.map((complaint) => `${rule.alert} must reach ${receivers.join(', ')}:\n${complaint}`);
}

function receiversOf(
  { alert, labels }: AlertingRule,
  { expected, values }: { expected: z.infer<typeof Expected>; values: AlertmanagerValues },
): string[] | undefined {
  const own = Object.entries(expected).flatMap(([name, alerts]) => (alerts.includes(alert) ? [name] : []));
  if (own.length !== 1) return undefined;
  // Who watches the dead-man's switch gets nothing else, and nobody else gets it.
  if (own[0] === 'dead-man') return [values.deadMan === null ? 'nobody' : 'dead-man'];
  return [
    ...(values.pagerDuty !== null && labels.severity === 'critical' ? ['on-call'] : []),
    ...(values.webhook === null ? [] : ['automation']),
    ...own,
  ];
}

function strangers(expected: z.infer<typeof Expected>, rules: readonly AlertingRule[]): string[] {
  const known = new Set(rules.map(({ alert }) => alert));
  const names = Object.values(expected).flat();
  return names.filter((name) => !known.has(name)).map((name) => `expected-receivers.yaml: no alert ${name}`);
}
