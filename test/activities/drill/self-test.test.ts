import { afterAll, beforeAll, expect, test } from 'vitest';
import { damageCopy } from '../../../src/activities/drill/self-test.js';
import { climb, newSession, startDrillWorld, type DrillWorld } from './rungs/drill-world.js';

let world: DrillWorld;
beforeAll(async () => {
  world = await startDrillWorld();
});
afterAll(() => world.end());

const ways = new Set<string | undefined>();

test.each([1, 2, 5, 6, 7, 8])('a scratch copy damaged with seed %i fails its drill', async (seed) => {
  const session = await newSession(world);
  const damage = await damageCopy(session.folder, seed);
  ways.add(damage?.way);
  const { rung, finding, findings } = await climb(session);
  expect({ damage, rung, outcome: finding.outcome, prepare: findings.prepare?.outcome }).toMatchObject({
    outcome: 'failed',
    prepare: damage?.way === 'remove' ? 'passed' : undefined,
  });
});

test('these seeds draw each of the ways', () => {
  expect(ways).toEqual(new Set(['cut', 'flip', 'remove']));
});
