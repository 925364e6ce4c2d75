import { fileURLToPath } from 'node:url';
import type { BenchmarkOptions, BenchmarkOutcome } from './benchmark.js';
import { strikeTable } from './crash/crash-report.js';
import { runCrashes } from './crash/run-crashes.js';
import { seededRandom } from '../dev/seeded-random.js';
import { planStrikes } from './crash/strike-plan.js';
import { numberFrom } from './environment-number.js';
import { busyPercent, describeMachine, lookAtMachine } from './machine.js';

const PROGRAM = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

const INCIDENTS = 200;
const AIMED_KILLS = 10;
const ROUNDS = 4;
const FREEZE_MS = 20_000;
const END_TIMEOUT_MS = 300_000;

/**
 * Kills and freezes every server under 200 incidents. `HOLDFAST_CRASH_INCIDENTS` asks for fewer incidents, and with
 * them fewer blows; `HOLDFAST_CRASH_SEED` plays an earlier run again.
 */
export async function benchCrash({ group, say }: BenchmarkOptions): Promise<BenchmarkOutcome> {
  const seed = numberFrom('HOLDFAST_CRASH_SEED') ?? Date.now() % 1_000_000;
  const incidents = numberFrom('HOLDFAST_CRASH_INCIDENTS') ?? INCIDENTS;
  const scaled = (full: number) => Math.max(1, Math.round((full * incidents) / INCIDENTS));
  const wish = { incidents, aimedKills: scaled(AIMED_KILLS), rounds: scaled(ROUNDS), freezeMs: FREEZE_MS };
  say(`HOLDFAST_CRASH_SEED=${seed}, ${incidents} incidents`);
  const before = lookAtMachine();
  const { blows, violations } = await runCrashes({
    program: PROGRAM,
    group,
    say,
    strikes: planStrikes(wish, seededRandom(seed)),
    endTimeoutMs: END_TIMEOUT_MS,
  });
  const after = lookAtMachine();
  const load = `load average ${before.load.toFixed(1)} before, ${after.load.toFixed(1)} after`;
  const machine = `${describeMachine()}; ${load}; cores busy ${busyPercent(before, after).toFixed(0)} %`;
  const report = [
    `${incidents} incidents, ${blows.length} strikes, freezes of ${FREEZE_MS / 1_000} s, seed ${seed}`,
    machine,
    strikeTable(blows),
    `violations: ${violations.length}`,
    ...violations.map((violation) => `- ${violation}`),
  ];
  return { report: report.join('\n\n'), anomalies: violations };
}
