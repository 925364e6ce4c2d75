import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { prometheusTools } from '../dev/binaries/prometheus-tools.js';
import { metricsPage } from '../src/observability/metrics-page.js';
import { buildFiles, type BuiltEnvironment } from './build-files.js';
import { ruleGroups } from './build-rules.js';
import { alertmanagerProblems } from './check/check-alertmanager.js';
import { dashboardProblems } from './check/check-dashboards.js';
import { referenceProblems, runbookProblems } from './check/check-references.js';
import { ruleProblems } from './check/check-rules.js';

const folder = fileURLToPath(new URL('../dist/monitoring', import.meta.url));
const metricsFile = fileURLToPath(new URL('../docs/metrics.md', import.meta.url));

/**
 * Builds rules, Alertmanager's configuration and dashboards into `dist/monitoring`, and checks them. With `--write-docs`
 * it writes the tables of docs/metrics.md instead.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'write-docs': { type: 'boolean', default: false } } });
  if (values['write-docs']) {
    await writeFile(metricsFile, metricsPage(await readFile(metricsFile, 'utf8')));
    return;
  }
  const { built, dashboards } = await buildFiles(folder);
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  const { binDir } = await prometheusTools({ progress });
  const [first] = built;
  const rules = first === undefined ? [] : ruleGroups(first.values.rules).flatMap((group) => group.rules);
  const problems = [
    ...referenceProblems(rules),
    ...(await runbookProblems(rules)),
    ...(await docsProblems()),
    ...(await dashboardProblems(dashboards, join(binDir, 'promtool'))),
    ...(await Promise.all(built.map((environment) => problemsOf(environment, binDir)))).flat(),
  ];
  for (const problem of problems) process.stderr.write(`${problem.trimEnd()}\n`);
  if (problems.length > 0) {
    process.exitCode = 1;
    return;
  }
  const counts = `${rules.length} alerts, ${built.length} environments, ${dashboards.length} dashboards`;
  process.stdout.write(`dist/monitoring: ${counts}; rules, routes, runbooks and dashboards checked\n`);
}

async function problemsOf(built: BuiltEnvironment, binDir: string): Promise<string[]> {
  const found = [
    ...(await ruleProblems(built, join(binDir, 'promtool'))),
    ...(await alertmanagerProblems(built, join(binDir, 'amtool'))),
  ];
  return found.map((problem) => `${built.environment}: ${problem}`);
}

async function docsProblems(): Promise<string[]> {
  const current = await readFile(metricsFile, 'utf8');
  return metricsPage(current) === current
    ? []
    : ['docs/metrics.md is not as the registries are: npm run monitoring -- --write-docs'];
}

await main().catch((failure: unknown) => {
  process.stderr.write(`${failure instanceof Error ? failure.message : String(failure)}\n`);
  process.exitCode = 1;
});
