import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { BuiltEnvironment } from '../build-files.js';
import { ruleFile, ruleGroups } from '../build-rules.js';
import type { RuleGroup } from '../rules/rule-group.js';
import type { RuleValues } from '../values.js';
import { alertOf, missingTests, promtoolTests, readRuleTests, type RuleTests } from './rule-tests.js';
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
  const groups = ruleGroups(values);
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-rules-'));
  try {
    const files = await readTestFiles(values);
    const paths = await Promise.all(files.map((file) => writeTestFile(file, { folder, groups })));
    const missing = missingTests(
      files.flatMap(({ content }) => content.tests),
      groups.flatMap((group) => group.rules),
    );
    const wrong = await Promise.all(paths.map((path) => complaintsOf(promtool, ['test', 'rules', path])));
    return [...missing, ...wrong.flat()];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** With the rules that it is about: promtool evaluates every rule in every minute of every test. */
async function writeTestFile(
  { name, content }: TestFile,
  { folder, groups }: { folder: string; groups: readonly RuleGroup[] },
): Promise<string> {
  const alerts = new Set(groups.flatMap((group) => group.rules).map(({ alert }) => alert));
  const named = new Set(content.tests.map(alertOf));
  const aboutAll = [...named].some((word) => !alerts.has(word));
  const own = groups.map(({ rules, ...group }) => ({
    ...group,
    rules: rules.filter(({ alert }) => aboutAll || named.has(alert)),
  }));
  const rulesFile = join(folder, `rules-of-${name}`);
  const path = join(folder, name);
  await writeFile(rulesFile, ruleFile(own));
  await writeFile(path, stringify(promtoolTests(content, { rulesFile, alerts })));
  return path;
}

interface TestFile {
  readonly name: string;
  readonly content: RuleTests;
}

async function readTestFiles(values: RuleValues): Promise<TestFile[]> {
  const names = (await readdir(testsFolder)).filter((name) => name.endsWith('.yaml'));
  return Promise.all(
    names.map(async (name) => {
      const yaml = await readFile(join(testsFolder, name), 'utf8');
      try {
        return { name, content: readRuleTests(yaml, values) };
      } catch (failure) {
        throw new Error(`monitoring/tests/${name}: ${failure instanceof Error ? failure.message : ''}`, {
          cause: failure,
        });
      }
    }),
  );
}
