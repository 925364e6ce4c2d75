import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { BuiltEnvironment } from '../build-files.js';
import { buildRules, ruleGroups } from '../build-rules.js';
import type { RuleValues } from '../values.js';
import { missingTests, promtoolTests, readRuleTests, type RuleTest } from './rule-tests.js';
import { complaintsOf } from './run-tool.js';

const testsFolder = fileURLToPath(new URL('../tests', import.meta.url));

/** What promtool says against the rules of one environment, and which tests they lack. */
export async function ruleProblems(built: BuiltEnvironment, promtool: string): Promise<string[]> {
  const syntax = await complaintsOf(promtool, ['check', 'rules', built.rulesFile]);
  return syntax.length > 0 ? syntax : testProblems(built.values.rules, promtool);
}

/** With the thresholds of the environment, for one cluster without a name and plans without limits of their own. */
async function testProblems(own: RuleValues, promtool: string): Promise<string[]> {
  const drill = { ...own.drill, expected: true, verifiedWithinOfPlan: {} };
  const values = { ...own, drill, clusters: [] };
  const rules = ruleGroups(values).flatMap((group) => group.rules);
  const alerts = new Set(rules.map(({ alert }) => alert));
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-rules-'));
  try {
    const rulesFile = join(folder, 'rules.yaml');
    await writeFile(rulesFile, buildRules(values));
    const files = await readTestFiles(values);
    const paths = await Promise.all(
      files.map(async ({ name, tests }) => {
        const path = join(folder, `test-${name}`);
        await writeFile(path, stringify(promtoolTests(tests, { rulesFile, alerts })));
        return path;
      }),
    );
    const tests = files.flatMap((file) => file.tests);
    return [...missingTests(tests, rules), ...(await complaintsOf(promtool, ['test', 'rules', ...paths]))];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function readTestFiles(values: RuleValues): Promise<{ name: string; tests: RuleTest[] }[]> {
  const names = (await readdir(testsFolder)).filter((name) => name.endsWith('.yaml'));
  return Promise.all(
    names.map(async (name) => {
      const yaml = await readFile(join(testsFolder, name), 'utf8');
      try {
        return { name: basename(name), tests: readRuleTests(yaml, values) };
      } catch (failure) {
        throw new Error(`monitoring/tests/${name}: ${failure instanceof Error ? failure.message : ''}`, {
          cause: failure,
        });
      }
    }),
  );
}
