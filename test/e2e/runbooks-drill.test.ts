import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ruleGroups } from '../../monitoring/build-rules.js';
import { readValues } from '../../monitoring/values.js';
import { startDrillStack, type DrillStack } from './drill-stack.js';
import { failedBlocks, openOnCallShell, type OnCallShell } from './runbook-commands.js';

const { rules } = await readValues('production');
const alerts = ruleGroups(rules)
  .flatMap((group) => group.rules)
  .filter(({ labels }) => labels.feature === 'drill');

const values = { PLAN: 'weekly-shop', CLUSTER: 'holdfast-dev' };

let world: DrillStack;
let shell: OnCallShell;

beforeAll(async () => {
  world = await startDrillStack();
  await world.publish(`${values.PLAN}/20261101T020000Z`, {
    change: (objects) => {
      objects.delete('shop/orders.ibd');
    },
  });
  const plan = await world.planFile({ name: values.PLAN, schedule: { cron: '0 3 * * 0' } });
  await world.holdfast('apply', '-f', plan);
  // It fails, so that there is something to look at; without a report the pages' commands fail.
  await world.holdfast('drill', 'run', values.PLAN, '--wait');
  shell = await openOnCallShell(world.stack);
});

afterAll(() => world?.stop());

describe('the commands of the runbook', () => {
  test.each(alerts)('$alert do what its page says', async ({ alert }) => {
    expect(await failedBlocks(alert, { shell, values: { ...world.secrets, ...values } })).toEqual([]);
  });
});
