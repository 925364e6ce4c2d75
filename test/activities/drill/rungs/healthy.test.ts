import { afterAll, beforeAll, expect, test } from 'vitest';
import { climb, newSession, startDrillWorld, storeOf, type DrillWorld } from './drill-world.js';

let world: DrillWorld;
beforeAll(async () => {
  world = await startDrillWorld();
});
afterAll(() => world.end());

test('a healthy backup made under write load passes every rung, and its binary logs replay to their end', async () => {
  const objects = new Map([...world.binlogs.objects].map(([name, body]) => [`shop/binlogs/${name}`, body]));
  const session = await newSession(world, {
    store: storeOf(objects),
    plan: {
      pitr: { prefix: 'shop/binlogs/' },
      required: { schemas: ['shop'], tables: ['shop.orders'] },
      queries: [{ name: 'notes', sql: 'SELECT COUNT(*) FROM shop.notes_live', expect: '1' }],
    },
  });
  const { rung, finding, facts, findings } = await climb(session);
  expect(findings).toMatchObject({});
  expect({
    rung,
    outcome: finding.outcome,
    evidence: finding.evidence,
    summary: finding.summary,
  }).toMatchObject({
    rung: 'pitr',
    outcome: 'passed',
  });
  expect(facts).toMatchObject({ tool: 'mariadb-backup', baseline: 'verified', gtid: world.backup.end.gtid });
});

test('without binary logs the files are moved, not copied', async () => {
  const session = await newSession(world);
  const { rung, finding, findings } = await climb(session);
  expect(rung).toBe('data');
  expect(finding).toMatchObject({ outcome: 'passed' });
  expect(findings['copy-back']?.summary).toMatch(/moved into an empty data folder/);
});
