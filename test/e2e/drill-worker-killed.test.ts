import { existsSync } from 'node:fs';
import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { DrillPlanSource } from '../../src/domain/drill/drill-plan.js';
import { RUNGS, type RungName } from '../../src/domain/drill/rung.js';
import { drillStatus } from '../../src/workflows/drill-messages.js';
import type { runRestoreDrill } from '../../src/workflows/run-restore-drill.js';
import { BINLOGS, folderOfDrill, startDrillStack, type DrillStack } from './drill-stack.js';
import { createHeldTools, type HeldRung, type HeldTools } from './held-tools.js';
import { startStallingRelay, type StallingRelay } from './stalling-relay.js';
import { waitFor } from './wait-for.js';

const BACKUP = '20261101T020000Z';
/** A heartbeat time-out, the back-off after it, and the start of a process on a busy machine. */
const HOST_IS_BACK_MS = 120_000;
const DOWNLOADED_BYTES = 3_000_000;
/** Of a backup that zstd made small. */
const PACKED_BYTES = 200_000;

let world: DrillStack;
let tools: HeldTools;
let relay: StallingRelay;
beforeAll(async () => {
  world = await startDrillStack({
    path: async (toolFolder, folder) => {
      tools = await createHeldTools(toolFolder, folder);
      return `${tools.folder}:${toolFolder}`;
    },
  });
  await world.publish(`orders/${BACKUP}`);
  await world.publish(`packed/${BACKUP}`, { compression: 'zstd' });
  relay = await startStallingRelay(world.store.endpoint);
});
afterAll(async () => {
  await relay?.stop();
  await world?.stop();
});
afterEach(() => relay.goOn());

async function start(plan: Partial<DrillPlanSource>) {
  const file = await world.planFile({ name: 'orders', ...plan }, `http://127.0.0.1:${relay.port}`);
  const { stdout, stderr } = await world.holdfast('drill', 'run', '-f', file, '-o', 'json');
  if (stdout === '') throw new Error(stderr);
  const drill = z.object({ workflowId: z.string(), runId: z.string() }).parse(JSON.parse(stdout));
  const handle = world.temporal.workflow.getHandle<typeof runRestoreDrill>(drill.workflowId);
  return { handle, folder: folderOfDrill(world, drill) };
}

type Drill = Awaited<ReturnType<typeof start>>;

/** @param whileDead what happens before the host is back */
async function killHost({ folder }: Drill, whileDead?: () => void | Promise<void>): Promise<void> {
  await world.host.killHard();
  expect(existsSync(folder.root)).toBe(true);
  await whileDead?.();
  await world.host.restart();
}

const Call = z.object({ rung: z.string() });

/** How often each rung was begun, as the server counts. */
async function attemptsOf({ handle }: Drill): Promise<Partial<Record<RungName, number>>> {
  const { events } = await handle.fetchHistory();
  const rungs = new Map<string, string>();
  const attempts: Record<string, number> = {};
  for (const event of events ?? []) {
    const [payload] = event.activityTaskScheduledEventAttributes?.input?.payloads ?? [];
    const call = payload && Call.safeParse(defaultPayloadConverter.fromPayload(payload));
    if (call?.success) rungs.set(String(event.eventId), call.data.rung);
    const started = event.activityTaskStartedEventAttributes;
    const rung = rungs.get(String(started?.scheduledEventId));
    if (rung !== undefined) attempts[rung] = started?.attempt ?? 0;
  }
  return attempts;
}

test(
  'a host that is killed at each rung while real tools work at a backup ends with the verdict, and leaves nothing',
  { timeout: 900_000 },
  async () => {
    const heldRungs: readonly HeldRung[] = [
      'unpack',
      'metadata',
      'pages',
      'prepare',
      'copy-back',
      'start',
      'tables',
    ];
    for (const rung of [...heldRungs, 'pitr'] as const) await tools.hold(rung);
    relay.stallAt('/baseline.json');
    const drill = await start({
      name: 'packed',
      compression: 'zstd',
      pitr: { prefix: BINLOGS },
      queries: [{ name: 'slow', sql: 'SELECT SLEEP(8)', expect: '0' }],
    });
    await waitFor('a request of rung inventory', () => relay.isStalled(), HOST_IS_BACK_MS);
    await killHost(drill, () => {
      relay.goOn();
      relay.stallAfter(PACKED_BYTES);
    });
    await waitFor('a part of the download', () => relay.isStalled(), HOST_IS_BACK_MS);
    await killHost(drill, () => relay.goOn());
    for (const rung of heldRungs) await killHeld(drill, rung);
    await waitFor('rung data', () => isRunning(drill, 'data'), HOST_IS_BACK_MS);
    await killHost(drill);
    await killHeld(drill, 'pitr');
    expect(await drill.handle.result()).toMatchObject({ verdict: 'pass', hosts: [expect.any(String)] });
    expect(await attemptsOf(drill)).toEqual(Object.fromEntries(RUNGS.map((rung) => [rung, 2])));
    expect(await world.leftovers()).toEqual([]);
    expect(existsSync(drill.folder.sockets)).toBe(false);
  },
);

const isRunning = async ({ handle }: Drill, rung: RungName): Promise<boolean> =>
  (await handle.query(drillStatus)).running?.rung === rung;

async function killHeld(drill: Drill, rung: HeldRung): Promise<void> {
  await waitFor(`a tool of rung ${rung}`, () => tools.isHeld(rung), HOST_IS_BACK_MS);
  expect(await isRunning(drill, rung)).toBe(true);
  expect((await world.leftovers()).join()).toContain('process ');
  await killHost(drill, rung === 'tables' ? tools.letCheck : undefined);
}

test('an S3 server that dies in the middle of the download is waited for', { timeout: 300_000 }, async () => {
  relay.stallAfter(DOWNLOADED_BYTES);
  const { handle } = await start({});
  await waitFor('a part of the download', () => relay.isStalled(), HOST_IS_BACK_MS);
  const { group } = world.stack;
  await group.killHard(world.store.name);
  relay.goOn();
  await group.restart(world.store.name);
  expect(await handle.result()).toMatchObject({ verdict: 'pass', hosts: [expect.any(String)] });
  expect(await world.leftovers()).toEqual([]);
});

test(
  'an S3 server that dies in the middle of the download, and stays away, leaves it open; once it is back a drill passes',
  { timeout: 300_000 },
  async () => {
    relay.stallAfter(DOWNLOADED_BYTES);
    const { handle } = await start({});
    await waitFor('a part of the download', () => relay.isStalled(), HOST_IS_BACK_MS);
    await allowAttempts(handle, 2);
    const { group } = world.stack;
    await group.killHard(world.store.name);
    relay.goOn();
    await waitFor(
      'a verdict',
      async () => (await handle.query(drillStatus)).verdict === 'inconclusive',
      HOST_IS_BACK_MS,
    );
    await waitFor('an empty host', async () => (await world.leftovers()).length === 0, HOST_IS_BACK_MS);
    await group.restart(world.store.name);
    expect(await handle.result()).toMatchObject({
      verdict: 'inconclusive',
      rung: 'checksums',
      rootCause: 'store-unreachable',
    });
    const again = await start({});
    expect(await again.handle.result()).toMatchObject({ verdict: 'pass' });
    expect(await world.leftovers()).toEqual([]);
  },
);

/** A store has about seven minutes to come back: the activity that waits for it gets fewer attempts from an operator. */
async function allowAttempts({ workflowId }: Drill['handle'], maximumAttempts: number): Promise<void> {
  const { workflowService, options } = world.temporal;
  await workflowService.updateActivityOptions({
    namespace: options.namespace,
    execution: { workflowId },
    type: 'runRung',
    activityOptions: { retryPolicy: { maximumAttempts } },
    updateMask: { paths: ['retry_policy.maximum_attempts'] },
  });
}

test(
  'a tool that neither ends nor obeys SIGTERM is ended at its deadline',
  { timeout: 300_000 },
  async () => {
    await tools.hold('pages');
    const { handle } = await start({ limits: { toolTimeout: '30s' } });
    expect(await handle.result()).toMatchObject({
      verdict: 'inconclusive',
      rung: 'pages',
      rootCause: 'tool-timeout',
    });
  },
);
