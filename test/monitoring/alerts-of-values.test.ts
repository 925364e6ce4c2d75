import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prometheusTools } from '../../dev/binaries/prometheus-tools.js';
import { buildAlertmanager } from '../../monitoring/build-alertmanager.js';
import { buildRules, ruleGroups } from '../../monitoring/build-rules.js';
import { promtoolTests, type RuleTest } from '../../monitoring/check/rule-tests.js';
import { complaintsOf } from '../../monitoring/check/run-tool.js';
import { readValues, type RuleValues } from '../../monitoring/values.js';

const { rules, alertmanager } = await readValues('production');
const alerts = new Set(ruleGroups(rules).flatMap((group) => group.rules.map(({ alert }) => alert)));
let folder: string;
let binDir: string;

beforeAll(async () => {
  ({ binDir } = await prometheusTools());
  folder = await mkdtemp(join(tmpdir(), 'holdfast-alerts-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** What promtool finds wrong when these values meet these tests. */
async function complaintsAbout(values: RuleValues, tests: RuleTest[]): Promise<string[]> {
  const rulesFile = join(folder, 'rules.yaml');
  const testFile = join(folder, 'test.yaml');
  await writeFile(rulesFile, buildRules(values));
  await writeFile(testFile, JSON.stringify(promtoolTests({ interval: '1m', tests }, { rulesFile, alerts })));
  return complaintsOf(join(binDir, 'promtool'), ['test', 'rules', testFile]);
}

test('each named cluster is missed by its name, the others are not', async () => {
  const values: RuleValues = { ...rules, clusters: ['east', 'west'] };
  const test = {
    name: 'HoldfastMetricsAbsent fires',
    series: { 'holdfast_watch_started_timestamp_seconds{cluster="west"}': '0x60' },
    firing: { '30m': ['cluster="east"'] },
  };
  expect(await complaintsAbout(values, [test])).toEqual([]);
  expect(await complaintsAbout(rules, [test])).toHaveLength(1);
});

test('where no drill is expected nobody misses one, and a plan that is there is watched over', async () => {
  const values: RuleValues = { ...rules, drill: { ...rules.drill, expected: false } };
  const name = 'HoldfastDrillObserverAbsent fires';
  const observed = { 'holdfast_drill_observed_timestamp_seconds{plan="orders"}': '0x60' };
  const quiet = { name, series: {}, firing: { '50m': [] } };
  expect(await complaintsAbout(values, [quiet])).toEqual([]);
  expect(
    await complaintsAbout(values, [{ name, series: observed, firing: { '50m': ['plan="orders"'] } }]),
  ).toEqual([]);
  expect(await complaintsAbout(rules, [quiet])).toHaveLength(1);
});

test('a plan with a target of its own is measured by that, plans whose names are like it by the default', async () => {
  const drill = {
    ...rules.drill,
    verifiedWithin: '2h',
    verifiedWithinOfPlan: { 'a.b': '1h', archive: '5h' },
  };
  const verified = (plan: string) => `holdfast_drill_last_verified_timestamp_seconds{plan="${plan}"}`;
  const created = (plan: string) => `holdfast_drill_plan_created_timestamp_seconds{plan="${plan}"}`;
  const series = {
    [verified('a.b')]: '0x200',
    [verified('a-b')]: '0x200',
    [verified('archive')]: '0x200',
    [created('archive')]: '-100000x200',
    [created('archive-2')]: '0x200',
  };
  const firing = { '61m': ['plan="a.b"'], '122m': ['plan="a.b"', 'plan="a-b"', 'plan="archive-2"'] };
  expect(
    await complaintsAbout({ ...rules, drill }, [{ name: 'HoldfastBackupNotVerified fires', series, firing }]),
  ).toEqual([]);
});

describe('Alertmanager loads its configuration', () => {
  test.each([
    ['with every address', alertmanager],
    [
      'without those that may be left out',
      { ...alertmanager, pagerDuty: null, webhook: null, deadMan: null },
    ],
    ['without authentication', { ...alertmanager, email: { ...alertmanager.email, auth: null } }],
  ])('%s', async (_name, values) => {
    const file = join(folder, 'alertmanager.yaml');
    await writeFile(file, buildAlertmanager(values));
    expect(await complaintsOf(join(binDir, 'amtool'), ['check-config', file])).toEqual([]);
  });

  test('and a secret is never in it', () => {
    expect(buildAlertmanager(alertmanager)).not.toMatch(
      /^\s*(?:api_url|routing_key|service_key|auth_password|credentials|bearer_token):/m,
    );
  });
});
