import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { STALLS_REPORT_VARIABLE, STALLS_VARIABLE, StallCounts } from './faults/stall-report.js';
import type { BenchmarkOptions, BenchmarkOutcome } from './benchmark.js';
import { isSystemError } from '../src/database/process-identity.js';
import { numberFrom } from './environment-number.js';
import { busyPercent, describeMachine, lookAtMachine } from './machine.js';
import { markdownTable } from './markdown-table.js';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));
const VITEST_RUN = [
  join(REPOSITORY, 'node_modules', 'vitest', 'vitest.mjs'),
  'run',
  '--project=servers',
  '--no-file-parallelism',
  '--reporter=verbose',
  '--testTimeout=600000',
];

/** Suites of both capabilities, without the tests that measure time or cost, which stalls change. */
const SUITES = ['main-flow', 'retry-ends', 'replication-restore', 'replication-gate-policies'];
const MEASURING = ['costs at most', 'an idle cluster costs', 'ends at once as RetryTimeout'];

/**
 * The end-to-end suites of retry and restore once more, on a three-member etcd of which two members freeze at random.
 * `HOLDFAST_FAULTS_SEED` plays the stalls of an earlier run again.
 */
export async function benchFaults({ group, say }: BenchmarkOptions): Promise<BenchmarkOutcome> {
  const seed = numberFrom('HOLDFAST_FAULTS_SEED') ?? Date.now() % 1_000_000;
  say(`HOLDFAST_FAULTS_SEED=${seed}; the suites' own output: ${group.logFile('suites')}`);
  const report = join(group.folder, 'stalls.jsonl');
  const before = lookAtMachine();
  const failure = await runSuites({ group, seed, report });
  const after = lookAtMachine();
  const worlds = await readCounts(report);
  return {
    report: [
      `seed ${seed}; ${describeMachine()}; cores busy ${busyPercent(before, after).toFixed(0)} %`,
      countTable(worlds),
      ...(failure === undefined ? ['all suites passed'] : [failure]),
    ].join('\n\n'),
    anomalies: [...(failure === undefined ? [] : [failure]), ...proofGaps(worlds)],
  };
}

interface SuiteRun extends Pick<BenchmarkOptions, 'group'> {
  readonly seed: number;
  /** Where the suites say what they counted. */
  readonly report: string;
}

/** What failed, where something did. */
async function runSuites({ group, seed, report }: SuiteRun): Promise<string | undefined> {
  const files = SUITES.map((name) => `test/e2e/${name}.test.ts`);
  const run = group.run({
    name: 'suites',
    command: process.execPath,
    args: [...VITEST_RUN, '-t', `^(?!.*(${MEASURING.join('|')}))`, ...files],
    cwd: REPOSITORY,
    env: { [STALLS_VARIABLE]: String(seed), [STALLS_REPORT_VARIABLE]: report, NO_COLOR: '1' },
  });
  return await run.then(
    () => undefined,
    (failure: unknown) => (failure instanceof Error ? failure.message : String(failure)),
  );
}

async function readCounts(report: string): Promise<StallCounts[]> {
  const text = await readFile(report, 'utf8').catch((failure: unknown) => {
    if (isSystemError(failure, 'ENOENT')) return ''; // no suite came to its end
    throw failure;
  });
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => StallCounts.parse(JSON.parse(line)));
}

function totalOf(worlds: readonly StallCounts[], what: keyof StallCounts): number {
  return worlds.reduce((total, counts) => total + counts[what], 0);
}

function countTable(worlds: readonly StallCounts[]): string {
  const row = (what: string, key: keyof StallCounts) => [what, String(totalOf(worlds, key))];
  return markdownTable(
    [`in ${worlds.length} worlds`, 'count'],
    [
      row('stalls of etcd', 'stalls'),
      row('calls of the worker', 'calls'),
      row('calls that failed for now', 'failedCalls'),
      row('of those, made again', 'retriedCalls'),
    ],
  );
}

/** Where nothing failed nothing was tried. */
function proofGaps(worlds: readonly StallCounts[]): string[] {
  return [
    ...(totalOf(worlds, 'stalls') === 0 ? ['no fault was injected'] : []),
    ...(totalOf(worlds, 'retriedCalls') === 0 ? ['no call was retried'] : []),
  ];
}
