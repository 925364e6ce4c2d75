import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProcessGroup, type ProcessGroup } from '../../dev/processes/process-group.js';
import { startTemporal } from '../../dev/stack/temporal.js';
import { readSettings } from '../../src/cli/settings.js';
import { openTemporal, type TemporalAccess } from '../../src/cli/temporal-access.js';
import { drillPlan } from '../workflows/drill-world.js';
import { waitFor } from '../e2e/wait-for.js';

const NAME = { cluster: 'test', plan: 'orders' };
const NIGHTLY = { cron: '0 2 * * *', timeZone: 'Europe/Berlin', jitter: '10m' };

let group: ProcessGroup;
let access: TemporalAccess;
let connection: Connection;
beforeAll(async () => {
  group = await createProcessGroup();
  const { address } = await startTemporal(group);
  access = await openTemporal(readSettings({ TEMPORAL_ADDRESS: address, HOME: group.folder }));
  connection = await Connection.connect({ address });
});
afterAll(async () => {
  await access?.close();
  await connection?.close();
  await group?.stop();
});

const apply = (changes: Parameters<typeof drillPlan>[0]) =>
  access.drills.apply({ cluster: 'test', taskQueue: 'holdfast', plan: drillPlan(changes) });
const applied = async () => {
  const plan = await access.drills.plan(NAME);
  if (plan === undefined) throw new Error('not applied');
  return plan;
};

test('a plan that was never applied is told as such by every command', async () => {
  const { drills } = access;
  expect(await drills.plan(NAME)).toBeUndefined();
  const changes = [drills.pause(NAME, 'x'), drills.resume(NAME, 'x'), drills.trigger(NAME)];
  await Promise.all(changes.map((change) => expect(change).rejects.toMatchObject({ exitCode: 6 })));
});

test('a plan lives in its Schedule: with its times, changed by the next apply, and listed', async () => {
  await apply({ schedule: NIGHTLY });
  const first = await applied();
  expect(first.plan).toEqual(drillPlan({ schedule: NIGHTLY }));
  const client = new Client({ connection });
  const { spec, policies } = await client.schedule.getHandle('drill/test/orders').describe();
  expect(spec).toMatchObject({ timezone: 'Europe/Berlin', jitter: 600_000 });
  expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 86_400_000 });
  const hours = new Intl.DateTimeFormat('en', {
    hour: 'numeric',
    hourCycle: 'h23',
    timeZone: 'Europe/Berlin',
  });
  expect(hours.format(first.nextRunMs)).toMatch(/^0?2$/);
  await apply({ schedule: NIGHTLY, minSizeRatio: 0.9 });
  expect((await applied()).plan.minSizeRatio).toBe(0.9);
  const plans = await waitFor('the list', async () => {
    const found = await access.drills.plans('test');
    return found.length > 0 && found;
  });
  expect(plans.map(({ plan }) => plan.name)).toEqual(['orders']);
});

test('a pause by a person outlives an apply; one by the plan ends with the plan', async () => {
  await apply({ schedule: NIGHTLY });
  await access.drills.pause(NAME, 'alice: the store moves');
  await apply({ schedule: { ...NIGHTLY, cron: '0 3 * * *' } });
  expect(await applied()).toMatchObject({ paused: true, note: 'alice: the store moves' });
  await access.drills.resume(NAME, 'alice');
  await apply({ schedule: { ...NIGHTLY, paused: true } });
  expect((await applied()).paused).toBe(true);
  await apply({ schedule: NIGHTLY });
  expect((await applied()).paused).toBe(false);
});

test('a triggered plan starts a drill under its name, and no second one while it runs', async () => {
  await apply({});
  await access.drills.trigger(NAME);
  const [drill] = await waitFor('a drill', async () => {
    const { recent } = await applied();
    return recent.length > 0 && recent;
  });
  expect(drill?.workflowId).toMatch(/^drill\/test\/orders-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const client = new Client({ connection });
  const { typedSearchAttributes, type } = await client.workflow.getHandle(drill?.workflowId ?? '').describe();
  expect(type).toBe('runRestoreDrill');
  expect(JSON.stringify(typedSearchAttributes)).toContain('HoldfastPlan');
  await access.drills.trigger(NAME);
  await waitFor('the second is skipped', async () => {
    const { info } = await client.schedule.getHandle('drill/test/orders').describe();
    return info.numActionsSkippedOverlap === 1;
  });
  expect((await applied()).recent).toHaveLength(1);
  await client.workflow.getHandle(drill?.workflowId ?? '').terminate();
  // 1 would say that the backup is bad.
  const outcome = drill && access.drills.outcomeOf(drill, { timeoutMs: 10_000 });
  await expect(outcome).rejects.toMatchObject({ exitCode: 4 });
});
