// `npm run bench [-- name ... --full]`: exit code 0 when all that was asked for was measured, over its limits or not; 1 for
// anomalies and for what could not be measured; 2 for a name that does not exist; as a shell says it when interrupted.
// Nothing that it started is left, however it ends.
import { whenInterrupted } from '../dev/demo/interruption.js';
import { createProcessGroup } from '../dev/processes/process-group.js';
import type { Benchmark } from './benchmark.js';
import { benchCrash } from './crash.js';
import { benchDrill } from './drill.js';
import { benchFaults } from './faults.js';
import { benchMetrics } from './metrics.js';
import { benchReplication } from './replication.js';
import { benchRetry } from './retry.js';
import { benchStress } from './stress.js';
import { benchWatch } from './watch.js';

const BENCHMARKS: ReadonlyMap<string, Benchmark> = new Map([
  ['retry', benchRetry],
  ['replication', benchReplication],
  ['watch', benchWatch],
  ['metrics', benchMetrics],
  ['crash', benchCrash],
  ['faults', benchFaults],
  ['stress', benchStress],
  ['drill', benchDrill],
]);

const FULL = '--full';

process.exit(await exitCodeOf(process.argv.slice(2)));

async function exitCodeOf(words: readonly string[]): Promise<number> {
  const full = words.includes(FULL);
  const asked = words.filter((word) => word !== FULL);
  const unknown = asked.filter((name) => !BENCHMARKS.has(name));
  if (unknown.length > 0) {
    const known = [...BENCHMARKS.keys()].join(', ');
    process.stderr.write(`bench: there is no benchmark '${unknown.join("', '")}'; there are: ${known}\n`);
    return 2;
  }
  const interruption = whenInterrupted();
  for (const [name, benchmark] of BENCHMARKS) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const code = await run({ name, benchmark, full, interrupted: interruption.code });
    if (code !== 0) return code;
  }
  return 0;
}

interface Run {
  readonly name: string;
  readonly benchmark: Benchmark;
  readonly full: boolean;
  readonly interrupted: Promise<number>;
}

async function run({ name, benchmark, full, interrupted }: Run): Promise<number> {
  const group = await createProcessGroup();
  const say = (line: string) => process.stderr.write(`bench ${name}: ${line}\n`);
  try {
    const measured = benchmark({ group, say, full });
    const outcome = await Promise.race([measured, interrupted]);
    if (typeof outcome === 'number') return outcome;
    process.stdout.write(`${outcome.report}\n`);
    return outcome.anomalies.length === 0 ? 0 : 1;
  } catch (failure) {
    process.stderr.write(`bench ${name}: ${failure instanceof Error ? failure.message : String(failure)}\n`);
    return 1;
  } finally {
    await group.stop();
  }
}
