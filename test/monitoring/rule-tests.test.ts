import { expect, test } from 'vitest';
import { missingTests, promtoolTests, type RuleTest } from '../../monitoring/check/rule-tests.js';

const alert = { alert: 'ShopClosed', labels: { feature: 'restore' } };
const firing = ['restore="r"'];
const complete: RuleTest[] = [
  { name: 'ShopClosed fires at once', series: {}, firing: { '1m': [], '2m': firing } },
  { name: 'ShopClosed does not fire at night', series: {}, firing: { '1m': [] } },
  { name: 'ShopClosed resolves in the morning', series: {}, firing: { '1m': firing, '9m': [] } },
  { name: 'ShopClosed survives a failover', series: {}, firing: { '1m': firing, '2m': firing } },
  { name: 'ShopClosed ends with its object', series: {}, firing: { '1m': firing, '9m': [] } },
];

test('an alert with all its tests lacks none', () => {
  expect(missingTests(complete, [alert])).toEqual([]);
});

test.each(complete.map(({ name }) => name))('without "%s" it lacks that one', (name) => {
  const rest = complete.filter((each) => each.name !== name);
  const [problem, ...others] = missingTests(rest, [alert]);
  const said = name.split(' ').slice(0, 2).join(' ');
  expect(problem).toContain(said);
  expect(others).toEqual([]);
});

test('a name alone does not count: the test must show it', () => {
  const hollow = complete.map((each) => ({ ...each, firing: { '1m': [] } }));
  expect(missingTests(hollow, [alert]).map((problem) => problem.slice(0, 30))).toHaveLength(4);
  const never = complete.map((each) =>
    each.name.includes('resolves') ? { ...each, firing: { '1m': [], '2m': firing } } : each,
  );
  expect(missingTests(never, [alert])).toEqual([
    'no test "ShopClosed resolves …" in monitoring/tests that shows it',
  ]);
});

test('the tests of another alert, whose name begins alike, are not its own', () => {
  const longer = complete.map((each) => ({
    ...each,
    name: each.name.replace('ShopClosed', 'ShopClosedLong'),
  }));
  expect(missingTests(longer, [alert])).toHaveLength(5);
});

test('promtool is asked for the labels of what fires, each once', () => {
  const tests = promtoolTests(
    { interval: '1m', tests: complete.slice(0, 1) },
    { rulesFile: 'rules.yaml', alerts: new Set(['ShopClosed']) },
  );
  const expr =
    'sum without (alertname, alertstate, severity, component, feature) (ALERTS{alertname="ShopClosed", alertstate="firing"})';
  expect(tests).toEqual({
    rule_files: ['rules.yaml'],
    evaluation_interval: '1m',
    tests: [
      {
        name: 'ShopClosed fires at once',
        interval: '1m',
        input_series: [],
        promql_expr_test: [
          { expr, eval_time: '1m', exp_samples: [] },
          { expr, eval_time: '2m', exp_samples: [{ labels: '{restore="r"}', value: 1 }] },
        ],
      },
    ],
  });
});
