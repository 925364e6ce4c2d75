import { expect, test } from 'vitest';
import { strikeTable } from '../../bench/crash/crash-report.js';
import { runCrashes } from '../../bench/crash/run-crashes.js';
import { seededRandom } from '../../dev/seeded-random.js';
import { AIMS, planStrikes, VICTIMS } from '../../bench/crash/strike-plan.js';
import { HOLDFAST } from '../e2e/worker-process.js';

/** `npm run bench -- crash` does the same with 200 incidents and freezes of 20 s. */
const WISH = { incidents: 20, aimedKills: 1, rounds: 1, freezeMs: 2_000 };

const seed = Number(process.env['HOLDFAST_CRASH_SEED'] ?? Date.now() % 1_000_000);

test('20 incidents end as their policies say, whichever server is killed or frozen', async () => {
  process.stdout.write(`crash suite: HOLDFAST_CRASH_SEED=${seed}\n`);
  const strikes = planStrikes(WISH, seededRandom(seed));
  const say = (line: string) => process.stdout.write(`crash suite: ${line}\n`);
  const { blows, violations } = await runCrashes({ program: HOLDFAST, strikes, endTimeoutMs: 180_000, say });
  process.stdout.write(`${strikeTable(blows)}\n`);
  expect(violations).toEqual([]);
  for (const aim of AIMS)
    expect(blows.filter(({ struck }) => struck.some(({ state }) => state === aim))).not.toEqual([]);
  for (const victim of VICTIMS)
    expect(blows.filter(({ strike }) => strike.victim === victim).length).toBeGreaterThan(1);
}, 360_000);
