import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeMissingManifest, type LastRung } from '../../../src/activities/drill/missing-manifest.js';
import { checksums } from '../../../src/activities/drill/rungs/checksums.js';
import { inventory } from '../../../src/activities/drill/rungs/inventory.js';
import type { DrillPlanSource } from '../../../src/domain/drill/drill-plan.js';
import type { RungFinding } from '../../../src/domain/drill/rung.js';
import { StoreFailure, type ObjectStore } from '../../../src/storage/object-store.js';
import { startSession, trio, type TestSession } from './drill-world.js';
import { createInMemoryStore, type InMemoryStore } from './in-memory-store.js';

const KEY = 'orders/b1/manifest.sha256';
const DATA: RungFinding = {
  outcome: 'passed',
  summary: 'as it has to be',
  evidence: [],
  facts: { baseline: 'verified' },
};
const LAST: LastRung = { rung: 'data', found: DATA, drill: 'drill/prod/orders-1/r1', selfTest: false };
const ALLOWED: Partial<DrillPlanSource> = { writeMissingManifest: true };

let store: InMemoryStore;
const sessions: TestSession[] = [];
beforeEach(() => {
  store = createInMemoryStore();
  for (const [name, text] of Object.entries({ ...trio, 'shop/orders.ibd': 'pages' }))
    store.put(`orders/b1/${name}`, text);
});
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.remove();
});

/** A drill after its rung `checksums`. */
async function downloaded(plan: Partial<DrillPlanSource> = ALLOWED, bucket: ObjectStore = store) {
  const location = { bucket: 'shop', prefix: 'orders/', region: 'us-east-1', pathStyle: true };
  const session = await startSession({ store: bucket, location, id: 'b1', plan });
  sessions.push(session);
  const listed = session.learn(await inventory(session));
  const found = await checksums(listed);
  return { session: listed.learn(found), found };
}

describe('a missing manifest', () => {
  test('is written after the last rung has passed, and proves to later drills that nothing changed', async () => {
    const { session } = await downloaded();
    const found = await writeMissingManifest(session, LAST);
    expect(found.facts).toEqual({ baseline: 'verified', manifest: 'written' });
    expect(store.text(KEY)).toMatch(/^# source: drill drill\/prod\/orders-1\/r1\n[0-9a-f]{64} {2}\S/);
    const later = await downloaded();
    expect(later.found).toMatchObject({ outcome: 'passed', facts: { manifest: 'verified' } });
    expect(later.found.evidence).toEqual([
      expect.objectContaining({
        text: expect.stringMatching(
          /^source: drill drill\/prod\/orders-1\/r1: .* nothing changed since then/,
        ),
      }),
    ]);
    store.put('orders/b1/shop/orders.ibd', 'other');
    expect((await downloaded()).found).toMatchObject({ outcome: 'failed', cause: 'checksum-mismatch' });
  });

  test.each<[string, Partial<DrillPlanSource>, Partial<LastRung>]>([
    ['the plan does not allow it', {}, {}],
    ['the plan goes on after failed rungs', { ...ALLOWED, collectAll: true }, {}],
    ['another rung is still to come', { ...ALLOWED, pitr: { prefix: 'orders/binlogs/' } }, {}],
    ['the rung did not pass', ALLOWED, { found: { ...DATA, outcome: 'failed' } }],
    ['no baseline proved the content', ALLOWED, { found: { ...DATA, facts: { baseline: 'absent' } } }],
    ['the copy was damaged on purpose', ALLOWED, { selfTest: true }],
  ])('is not written where %s', async (_, plan, last) => {
    const { session } = await downloaded(plan);
    const asked = { ...LAST, ...last };
    expect(await writeMissingManifest(session, asked)).toEqual(asked.found);
    expect(store.text(KEY)).toBeUndefined();
  });

  test('that somebody wrote meanwhile stays, and the verdict too', async () => {
    const { session } = await downloaded();
    store.put(KEY, 'theirs');
    const found = await writeMissingManifest(session, LAST);
    expect(found).toMatchObject({ outcome: 'passed', facts: { baseline: 'verified' } });
    expect(found.warnings?.[0]?.text).toMatch(/^the manifest was not written: .*condition does not hold/);
    expect(store.text(KEY)).toBe('theirs');
  });

  test('written by an attempt that died after it is ours', async () => {
    const { session } = await downloaded();
    await writeMissingManifest(session, LAST);
    expect((await writeMissingManifest(session, LAST)).facts?.manifest).toBe('written');
  });

  test('that the credentials may not write is a warning', async () => {
    const readOnly: ObjectStore = {
      ...store,
      writeText: () => Promise.reject(new StoreFailure('AccessDenied', 'write s3://shop failed: 403')),
    };
    const { session } = await downloaded(ALLOWED, readOnly);
    const found = await writeMissingManifest(session, LAST);
    expect(found.outcome).toBe('passed');
    expect(found.warnings?.[0]?.text).toBe('the manifest was not written: write s3://shop failed: 403');
  });
});
