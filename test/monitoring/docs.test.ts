import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ruleGroups } from '../../monitoring/build-rules.js';
import { readValues } from '../../monitoring/values.js';

test('docs/monitoring.md tells every alert once, with its severity, and values that there are', async () => {
  const { rules } = await readValues('production');
  const page = await readFile('docs/monitoring.md', 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| (critical|warning|info) \| (.*) \|$/gm)];
  const told = rows.map(([, name, severity]) => `${name} ${severity}`).sort(byText);
  const built = ruleGroups(rules)
    .flatMap((group) => group.rules)
    .map(({ alert, labels }) => `${alert} ${labels.severity}`)
    .sort(byText);
  expect(told).toEqual(built);
  const names = rows.flatMap(([, , , text = '']) => [...text.matchAll(/`([a-z]+\.\w+)`/g)]);
  expect(names.length).toBeGreaterThan(0);
  for (const [, name = ''] of names) expect(rules).toHaveProperty(name);
});

function byText(one: string, other: string): number {
  return one.localeCompare(other);
}
