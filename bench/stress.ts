import { setTimeout as delay } from 'node:timers/promises';
import type { BenchmarkOptions, BenchmarkOutcome } from './benchmark.js';
import { busyPercent, describeMachine, lookAtMachine } from './machine.js';
import { markdownTable } from './markdown-table.js';
import { bareLoop } from './stress/bare-loop.js';
import { openStressBenchWorld, type Creation, type StressBenchWorld } from './stress/stress-bench-world.js';
import { seconds } from './verdicts.js';

/** The first answer of a frozen etcd comes after about 7 s; a call that hangs has failed after 10 s. */
const FROZEN_MS = 11_000;
/** Of 120 ConfigMaps in 420 objects: whoever has created so many is in the middle. */
const FREEZE_AT_CONFIG_MAPS = 30;
const DEFAULT_RETRIES = 3;

interface Row {
  readonly way: string;
  readonly creation: Creation;
}

/** Operations a second against what people have otherwise, and what retries are worth while etcd stalls. */
export async function benchStress(options: BenchmarkOptions): Promise<BenchmarkOutcome> {
  const { say } = options;
  const before = lookAtMachine();
  const world = await openStressBenchWorld(options);
  say('the same objects in three ways');
  const undisturbed: Row[] = [
    { way: 'kubectl create -f', creation: await world.kubectlCreate('kubectl-') },
    { way: 'client-node loop, no retry', creation: await bareLoop(world, 'loop-') },
    { way: 'holdfast stress', creation: await world.stress('stress-', DEFAULT_RETRIES) },
  ];
  say(`three ways again, each while two of three etcd members are frozen for ${FROZEN_MS / 1_000} s`);
  const unretried = () => world.stress('unretried-', 0);
  const retried = () => world.stress('retried-', DEFAULT_RETRIES);
  const stalledRows: Row[] = [
    { way: 'client-node loop, no retry', creation: await stalled(world, () => bareLoop(world, 'bare-')) },
    { way: 'holdfast stress --max-retries 0', creation: await stalled(world, unretried) },
    { way: 'holdfast stress', creation: await stalled(world, retried) },
  ];
  const anomalies = [...undisturbed.flatMap(missing), ...anomaliesOf(stalledRows)];
  const report = [
    `${describeMachine()}; ${busyPercent(before, lookAtMachine()).toFixed(0)} % of all cores busy`,
    markdownTable(['undisturbed', ...COLUMNS], rowsOf(undisturbed)),
    markdownTable(['one stall', ...COLUMNS], rowsOf(stalledRows)),
    ...anomalies,
  ].join('\n\n');
  return { report, anomalies };
}

/** The stall begins when so much is created, however fast that was. */
async function stalled(world: StressBenchWorld, create: () => Promise<Creation>): Promise<Creation> {
  const [creation] = await Promise.all([create(), stallInTheMiddle(world)]);
  return creation;
}

async function stallInTheMiddle(world: StressBenchWorld): Promise<void> {
  const { faults } = world.stack.controlPlane;
  await world.untilConfigMaps(FREEZE_AT_CONFIG_MAPS);
  await faults.freezeEtcd();
  try {
    await delay(FROZEN_MS);
  } finally {
    faults.thawEtcd();
  }
}

const COLUMNS = ['operations', 'took', 'operations/s', 'first attempts alone', 'succeeded in the end'];

function rowsOf(rows: readonly Row[]): string[][] {
  return rows.map(({ way, creation: { operations, succeeded, firstAttempts, durationMs } }) => {
    const share = (count: number) => `${count} (${((count * 100) / operations).toFixed(1)} %)`;
    const perSecond = ((succeeded * 1_000) / durationMs).toFixed(0);
    return [way, String(operations), seconds(durationMs), perSecond, share(firstAttempts), share(succeeded)];
  });
}

function missing({ way, creation: { operations, succeeded, firstFailure = 'no word' } }: Row): string[] {
  if (succeeded === operations) return [];
  return [`${way}: ${operations - succeeded} operations failed, the first with: ${firstFailure}`];
}

/** A comparison in which nothing failed compares nothing. */
function anomaliesOf(rows: readonly Row[]): string[] {
  const unhurt = rows
    .filter(({ creation }) => creation.failedAttempts === 0)
    .map(({ way }) => `${way}: the stall hit no call`);
  const retried = rows.at(-1);
  return retried === undefined ? unhurt : [...missing(retried), ...unhurt];
}
