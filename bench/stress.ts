import { setTimeout as delay } from 'node:timers/promises';
import type { BenchmarkOptions, BenchmarkOutcome } from './benchmark.js';
import { busyPercent, describeMachine, lookAtMachine } from './machine.js';
import { markdownTable } from './markdown-table.js';
import { bareLoop } from './stress/bare-loop.js';
import { openStressBenchWorld, type Creation, type StressBenchWorld } from './stress/stress-bench-world.js';
import { seconds } from './verdicts.js';

/** The first answer of a frozen etcd comes after about 7 s; a call that hangs has failed after 10 s. */
const FROZEN_MS = 11_000;
/** Until the ways that are compared are on their way: the command needs a second or two to start. */
const BEFORE_FREEZE_MS = { bare: 500, stress: 4_000 } as const;
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
  const { bare, stress } = BEFORE_FREEZE_MS;
  const retried = () => stalled(world, stress, () => world.stress('retried-', DEFAULT_RETRIES));
  const unretried = () => stalled(world, stress, () => world.stress('unretried-', 0));
  const stalledRows: Row[] = [
    { way: 'client-node loop, no retry', creation: await stalled(world, bare, () => bareLoop(world, 'b-')) },
    { way: 'holdfast stress --max-retries 0', creation: await unretried() },
    { way: 'holdfast stress', creation: await retried() },
  ];
  const anomalies = [...undisturbed.flatMap(missing), ...anomaliesOf(stalledRows)];
  const report = [
    `${describeMachine()}; ${busyPercent(before, lookAtMachine()).toFixed(0)} % of all cores busy`,
    markdownTable(['undisturbed', 'operations', 'took', 'operations/s', 'succeeded'], rowsOf(undisturbed)),
    markdownTable(['one stall', 'operations', 'took', 'operations/s', 'succeeded'], rowsOf(stalledRows)),
    ...anomalies,
  ].join('\n\n');
  return { report, anomalies };
}

async function stalled<T>(
  { stack }: StressBenchWorld,
  afterMs: number,
  create: () => Promise<T>,
): Promise<T> {
  const { faults } = stack.controlPlane;
  const creation = create();
  try {
    await delay(afterMs);
    await faults.freezeEtcd();
    await delay(FROZEN_MS);
  } finally {
    faults.thawEtcd();
  }
  return creation;
}

function rowsOf(rows: readonly Row[]): string[][] {
  return rows.map(({ way, creation: { operations, succeeded, durationMs } }) => [
    way,
    String(operations),
    seconds(durationMs),
    ((succeeded * 1_000) / durationMs).toFixed(0),
    `${succeeded} (${((succeeded * 100) / operations).toFixed(1)} %)`,
  ]);
}

function missing({ way, creation: { operations, succeeded, firstFailure = 'no word' } }: Row): string[] {
  if (succeeded === operations) return [];
  return [`${way}: ${operations - succeeded} operations failed, the first with: ${firstFailure}`];
}

/** A comparison in which nothing failed compares nothing. */
function anomaliesOf(rows: readonly Row[]): string[] {
  const retried = rows.at(-1);
  if (retried === undefined) return [];
  const unhurt = retried.creation.failedAttempts === 0 ? [`${retried.way}: the stall hit no call`] : [];
  return [...missing(retried), ...unhurt];
}
