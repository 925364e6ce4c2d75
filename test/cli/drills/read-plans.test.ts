import { describe, expect, test } from 'vitest';
import { planDifference } from '../../../src/cli/drills/plan-difference.js';
import { readPlans } from '../../../src/cli/drills/read-plans.js';

const GOOD = `kind: DrillPlan
name: orders
store: { bucket: shop, prefix: orders/ }
layout: directory
`;

describe('a file of plans', () => {
  test('may hold several documents, and gives them with their defaults', () => {
    const { plans, problems } = readPlans(
      `${GOOD}---\n${GOOD.replace('name: orders', 'name: users')}`,
      'p.yaml',
    );
    expect(problems).toEqual([]);
    expect(plans.map(({ name, selection }) => [name, selection])).toEqual([
      ['orders', 'latest'],
      ['users', 'latest'],
    ]);
  });

  test('that has mistakes in several documents tells all of them, each by line and field', () => {
    const bad = GOOD.replace('orders/', 'orders').replace('directory', 'tar');
    const { problems } = readPlans(`${bad}---\n${GOOD}extra: 1\n`, 'p.yaml');
    expect(problems).toHaveLength(3);
    expect(problems[0]).toMatch(/^p\.yaml:3: store\.prefix: expected a prefix that ends in \//);
    expect(problems[1]).toMatch(/^p\.yaml:4: layout: /);
    expect(problems[2]).toMatch(/^p\.yaml:6: .*extra/);
  });

  test('tells where its YAML is broken', () => {
    expect(readPlans('kind: DrillPlan\nname: [\n', 'p.yaml').problems[0]).toMatch(/^p\.yaml:[23]: /);
  });

  test('that says the same name twice is refused', () => {
    expect(readPlans(`${GOOD}---\n${GOOD}`, 'p.yaml').problems).toEqual([
      'p.yaml:7: name: orders is there twice',
    ]);
  });

  test.each(['', '# nothing\n'])('without a document (%j) has no plan', (text) => {
    expect(readPlans(text, 'p.yaml').plans).toEqual([]);
  });

  test('that expands without end is refused', () => {
    const bomb = `a: &a [x, x]\n${Array.from({ length: 30 }, (_, i) => `b${i}: [*a, *a, *a, *a, *a]`).join('\n')}\n`;
    expect(() => readPlans(bomb, 'p.yaml')).not.toThrow();
    expect(readPlans(bomb, 'p.yaml').problems.length).toBeGreaterThan(0);
  });
});

test('the difference of two plans names each field that changes, before and after', () => {
  const [before] = readPlans(GOOD, 'p').plans;
  const [after] = readPlans(`${GOOD}schedule: { cron: 0 3 * * * }\ntargets: { rto: 2h }\n`, 'p').plans;
  if (before === undefined || after === undefined) throw new Error('no plan');
  expect(planDifference(before, after)).toEqual(
    expect.arrayContaining(['targets.rto: "4h" → "2h"', 'schedule.cron: (unset) → "0 3 * * *"']),
  );
  expect(planDifference(after, after)).toEqual([]);
});
