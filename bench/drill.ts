import { join } from 'node:path';
import type { DrillReport } from '../src/domain/drill/drill-report.js';
import { createProcessGroup, type ProcessGroup } from '../dev/processes/process-group.js';
import { RUNGS } from '../src/domain/drill/rung.js';
import type { BenchmarkOptions, BenchmarkOutcome } from './benchmark.js';
import { drillByHand, type BareTimes } from './drill/by-hand.js';
import { contestOverCorpus } from './drill/corpus-contest.js';
import { openDrillBenchWorld, type DrillBenchWorld } from './drill/drill-bench-world.js';
import { busyPercent, describeMachine, lookAtMachine } from './machine.js';
import { markdownTable } from './markdown-table.js';
import { summarize } from './statistics.js';
import { limitedRow, mebibytes, seconds } from './verdicts.js';

/** Each way once unmeasured, for the caches; then in turns, so that others on this machine disturb both. */
const ROUNDS = 3;
const MAX_RATIO = 1.1;

interface Rounds {
  readonly drills: readonly { readonly wallMs: number; readonly report: DrillReport }[];
  readonly bare: readonly BareTimes[];
}

/** How fast a drill is; with --full also how right, over the whole fault corpus. */
export async function benchDrill(options: BenchmarkOptions): Promise<BenchmarkOutcome> {
  const speed = await benchSpeed(options);
  if (!options.full) return speed;
  const contest = await inGroupOfItsOwn((group) => contestOverCorpus({ ...options, group }));
  return {
    report: `${speed.report}\n\n${contest.report}`,
    anomalies: [...speed.anomalies, ...contest.anomalies],
  };
}

/** Both start servers of the same names. */
async function inGroupOfItsOwn<T>(work: (group: ProcessGroup) => Promise<T>): Promise<T> {
  const group = await createProcessGroup();
  try {
    return await work(group);
  } finally {
    await group.stop();
  }
}

/** Wall time of a drill against the same commands by hand, per rung; download with hash against the plain download; memory. */
async function benchSpeed(options: BenchmarkOptions): Promise<BenchmarkOutcome> {
  const world = await openDrillBenchWorld(options);
  try {
    const before = lookAtMachine();
    const rounds = await measureRounds(world, options);
    const after = lookAtMachine();
    const anomalies = rounds.drills
      .filter(({ report }) => report.verdict !== 'pass')
      .map(({ report }) => `the backup is good, and the drill says ${report.verdict}: ${report.summary}`);
    const busy = busyPercent(before, after).toFixed(0);
    const load = `load average ${before.load.toFixed(1)} before, ${after.load.toFixed(1)} after`;
    const report = [
      `${describeMachine()}; ${load}; ${busy} % of all cores busy`,
      `One backup of ${(world.backupBytes / 1e6).toFixed(0)} MB; medians of ${ROUNDS} rounds.`,
      rungTable(rounds),
      await wholeTable(world, rounds),
      ...anomalies,
    ].join('\n\n');
    return { report, anomalies };
  } finally {
    await world.close();
  }
}

async function measureRounds(world: DrillBenchWorld, { group, say }: BenchmarkOptions): Promise<Rounds> {
  const byHand = () => drillByHand({ ...world, folder: join(group.folder, 'by-hand') });
  say('each way once, unmeasured');
  await byHand();
  await world.drill();
  const drills: { wallMs: number; report: DrillReport }[] = [];
  const bare: BareTimes[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    say(`round ${round} of ${ROUNDS}`);
    drills.push(await world.drill());
    bare.push(await byHand());
  }
  return { drills, bare };
}

function rungTable({ drills, bare }: Rounds): string {
  const rows = RUNGS.map((rung) => {
    const drill = medianOf(
      drills.map(({ report }) => report.rungs.find((result) => result.rung === rung)?.durationMs ?? 0),
    );
    const hand = medianOf(bare.map(({ rungMs }) => rungMs.get(rung) ?? 0));
    return [rung, milliseconds(drill), milliseconds(hand), hand === 0 ? '' : (drill / hand).toFixed(2)];
  });
  return markdownTable(['rung', 'drill', 'by hand', 'ratio'], rows);
}

async function wholeTable(world: DrillBenchWorld, { drills, bare }: Rounds): Promise<string> {
  const drillMs = medianOf(drills.map(({ wallMs }) => wallMs));
  const bareMs = medianOf(bare.map(({ wallMs }) => wallMs));
  const inRungsMs = medianOf(
    drills.map(({ report }) => report.rungs.reduce((sum, { durationMs = 0 }) => sum + durationMs, 0)),
  );
  const speed = medianOf(drills.map(({ report }) => megabytesPerSecond(report)));
  const plain = medianOf(bare.map(({ downloadMs }) => world.backupBytes / 1e3 / downloadMs));
  const ratio = { value: drillMs / bareMs, limit: MAX_RATIO };
  return markdownTable(
    ['what', 'measured', 'limit', 'verdict'],
    [
      ['drill, from the start of its workflow to its result', seconds(drillMs), '', ''],
      [
        '- outside of its rungs: choosing, opening, closing, the ledger',
        seconds(drillMs - inRungsMs),
        '',
        '',
      ],
      ['the same commands by hand, in sequence', seconds(bareMs), '', ''],
      limitedRow('drill / by hand', ratio),
      ['download with hash and comparison', `${speed.toFixed(0)} MB/s`, '', ''],
      ['plain download, 10 at once', `${plain.toFixed(0)} MB/s`, '', ''],
      ['largest memory of the drill worker', mebibytes(await world.workerPeakMiB()), '', ''],
    ],
  );
}

function megabytesPerSecond({ rungs }: DrillReport): number {
  return rungs.find(({ rung }) => rung === 'checksums')?.measured?.['megabytesPerSecond'] ?? 0;
}

function medianOf(values: readonly number[]): number {
  return summarize(values).p50;
}

function milliseconds(durationMs: number): string {
  return `${durationMs.toFixed(0)} ms`;
}
