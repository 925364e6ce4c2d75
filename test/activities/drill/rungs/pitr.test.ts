import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pitrRung } from '../../../../src/activities/drill/rungs/pitr.js';
import { climb, newSession, startDrillWorld, storeOf, type DrillWorld } from './drill-world.js';

let world: DrillWorld;
beforeAll(async () => {
  world = await startDrillWorld();
});
afterAll(() => world.end());

type Objects = Map<string, Buffer>;

/** The archive under `binlogs/`, changed; the manifest of the archive only where the case is about it. */
async function climbWith(
  change: (objects: Objects, names: readonly string[]) => void,
  { target, keepManifest = false }: { target?: { gtid: string }; keepManifest?: boolean } = {},
) {
  const objects: Objects = new Map(
    [...world.binlogs.objects].map(([name, body]) => [`binlogs/${name}`, Buffer.from(body)]),
  );
  if (!keepManifest) objects.delete('binlogs/manifest.sha256');
  const names = [...objects.keys()].filter((name) => /\.\d+$/.test(name)).sort();
  change(objects, names);
  const session = await newSession(world, {
    store: storeOf(objects),
    plan: { pitr: { prefix: 'binlogs/', ...(target && { target }) } },
  });
  const climbed = await climb(session, { skip: ['pages', 'tables', 'data'] });
  expect(climbed.rung).toBe('pitr');
  return { ...climbed.finding, lines: climbed.finding.evidence.map(({ text }) => text).join('\n') };
}

/** Sequence of the backup's transaction: `0-1-n`. */
const gtidAfter = (transactions: number) => {
  const [domain, server, sequence] = world.backup.end.gtid.split('-');
  return `${domain}-${server}-${Number(sequence) + transactions}`;
};

describe('binary logs', () => {
  test('are replayed up to one transaction and no further', async () => {
    const finding = await climbWith(() => undefined, { target: { gtid: gtidAfter(2) } });
    expect(finding).toMatchObject({ outcome: 'passed', summary: expect.stringContaining(gtidAfter(2)) });
  });

  test('are not replayed to a transaction that the backup already holds', async () => {
    const finding = await climbWith(() => undefined, { target: { gtid: world.backup.end.gtid } });
    expect(finding).toMatchObject({ outcome: 'passed', measured: { replayedFiles: 0 } });
  });

  test('that do not hold the target fail', async () => {
    const finding = await climbWith(() => undefined, { target: { gtid: '0-1-99999999' } });
    expect(finding).toMatchObject({ outcome: 'failed', cause: 'target-missing' });
  });

  test('with a file missing in the middle fail, although the programs would end with 0', async () => {
    const finding = await climbWith((objects, names) => objects.delete(names[1] ?? ''));
    expect(finding).toMatchObject({ outcome: 'failed', cause: 'binlog-gap' });
    expect(finding.lines).toMatch(/begins after 0-\d+-\d+, but .* ends with/);
  });

  test('without the file in which the backup ends fail', async () => {
    const finding = await climbWith((objects, names) => objects.delete(names[0] ?? ''));
    expect(finding).toMatchObject({ outcome: 'failed', cause: 'binlog-missing' });
  });

  test('with one flipped bit fail by their own checksum', async () => {
    const finding = await climbWith((objects, names) => {
      const body = objects.get(names[1] ?? '');
      const at = (body?.indexOf('after it was made') ?? 0) + 3;
      if (body !== undefined) body[at] = (body[at] ?? 0) ^ 1;
    });
    expect(finding).toMatchObject({ outcome: 'failed', cause: 'binlog-damaged' });
    expect(finding.lines).toMatch(/checksum of the event at \d+ is wrong/);
  });

  test('that were cut in the last event fail', async () => {
    const finding = await climbWith((objects, names) => {
      const last = names.at(-1) ?? '';
      objects.set(last, objects.get(last)?.subarray(0, -7) ?? Buffer.alloc(0));
    });
    expect(finding).toMatchObject({ outcome: 'failed', cause: 'binlog-damaged' });
  });

  test('of another history fail where the backup says that another transaction was the last', async () => {
    const objects: Objects = new Map(
      [...world.binlogs.objects].map(([name, body]) => [`binlogs/${name}`, body]),
    );
    const session = await newSession(world, {
      store: storeOf(objects),
      plan: { pitr: { prefix: 'binlogs/' } },
    });
    const { finding } = await climb(
      { ...session, facts: {} },
      { skip: ['pages', 'tables', 'data'], changeFacts: (facts) => ({ ...facts, gtid: gtidAfter(1) }) },
    );
    expect(finding).toMatchObject({ outcome: 'failed', cause: 'binlog-gap' });
  });

  test('that are not what their manifest says fail', async () => {
    const finding = await climbWith(
      (objects) => {
        const manifest = objects.get('binlogs/manifest.sha256')?.toString() ?? '';
        const other = manifest.replace(/^[0-9a-f]{64}/, 'a'.repeat(64));
        objects.set('binlogs/manifest.sha256', Buffer.from(other));
      },
      { keepManifest: true },
    );
    expect(finding).toMatchObject({ outcome: 'failed', cause: 'binlog-damaged' });
    expect(finding.lines).toMatch(/is not what the manifest says/);
  });

  test('that are nowhere leave it open', async () => {
    const finding = await climbWith((objects) => objects.clear());
    expect(finding).toMatchObject({ outcome: 'inconclusive', cause: 'binlog-missing' });
  });

  test('are replayed on a fresh copy after a replay that was begun before', async () => {
    const objects: Objects = new Map(
      [...world.binlogs.objects].map(([name, body]) => [`binlogs/${name}`, body]),
    );
    const session = await newSession(world, {
      store: storeOf(objects),
      plan: { pitr: { prefix: 'binlogs/' } },
    });
    const outcomes: string[] = [];
    const { finding } = await climb(session, {
      skip: ['pages', 'tables', 'data'],
      before: async (rung, now) => {
        // All of it applied already: a second replay on the same data would meet its own rows.
        if (rung === 'pitr') outcomes.push((await pitrRung(now)).outcome);
      },
    });
    expect(outcomes).toEqual(['passed']);
    expect(finding.outcome).toBe('passed');
  });
});
