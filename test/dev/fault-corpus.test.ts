import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { splitStream } from '../../dev/backup-producer/xbcloud-chunks.js';
import { buildCorpus, type Corpus } from '../../dev/fault-corpus/build-corpus.js';
import { corpusCases } from '../../dev/fault-corpus/corpus-cases.js';
import { seededRandom } from '../../dev/seeded-random.js';
import { startObjectStore, type ObjectStore } from '../../dev/object-store/start-object-store.js';
import { createProcessGroup, type ProcessGroup } from '../../dev/processes/process-group.js';

describe('the list of cases', () => {
  test('has no name twice, and says where each bad one must be stopped', () => {
    const names = corpusCases.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const odd = corpusCases.filter(
      ({ expected }) => (expected.rungs.length === 0) !== (expected.verdict === 'pass'),
    );
    expect(odd).toEqual([]);
  });

  test('has enough of each verdict to notice a drill that always says the same', () => {
    const count = (verdict: string) =>
      corpusCases.filter(({ expected }) => expected.verdict === verdict).length;
    expect(count('pass')).toBeGreaterThanOrEqual(8);
    expect(count('fail')).toBeGreaterThanOrEqual(24);
    expect(count('inconclusive')).toBeGreaterThanOrEqual(3);
  });
});

test('the same seed draws the same numbers, another one others', () => {
  const draw = (seed: number) => Array.from({ length: 8 }, () => random(seed)).join(' ');
  const sources = new Map([1, 2].map((seed) => [seed, seededRandom(seed)]));
  const random = (seed: number) => sources.get(seed)?.integer(0, 1_000);
  const first = draw(1);
  sources.set(1, seededRandom(1));
  expect(draw(1)).toBe(first);
  expect(draw(2)).not.toBe(first);
});

test('bytes that are no stream are refused instead of split', () => {
  expect(() => splitStream(Buffer.from('<html>503</html>'))).toThrow('no stream chunk at offset 0');
});

describe('a built corpus', () => {
  const picked = [
    'no manifest, but a baseline',
    'stream cut',
    'object missing',
    'binlog in the middle missing',
  ];
  let group: ProcessGroup;
  let store: ObjectStore;
  let corpus: Corpus;

  beforeAll(async () => {
    group = await createProcessGroup();
    store = await startObjectStore(group, { buckets: ['backups'] });
    const cases = corpusCases.filter(({ name }) => picked.includes(name));
    corpus = await buildCorpus(group, { client: store.admin, bucket: 'backups', seed: 3, cases });
  });

  afterAll(() => group.stop());

  const keysOf = (name: string) => {
    const { id, backupId } = publicCase(name);
    return store.admin.listKeys({ bucket: 'backups', prefix: `corpus/${id}/${backupId}/` });
  };

  function publicCase(name: string) {
    const answer = corpus.answers.find((candidate) => candidate.name === name);
    const found = corpus.cases.find(({ id }) => id === answer?.id);
    if (found === undefined) throw new Error(`no case ${name}`);
    return found;
  }

  test('shows the code under test neither names nor what was damaged', () => {
    expect(corpus.cases.map(({ id }) => id)).toEqual(['c01', 'c02', 'c03', 'c04']);
    const { pitrTarget, ...shown } = publicCase('binlog in the middle missing');
    expect(pitrTarget?.gtid).toMatch(/^0-1-\d+$/);
    expect(Object.keys(shown).sort()).toEqual(
      ['backupId', 'compression', 'id', 'layout', 'pitrRequired', 'prefix'].sort(),
    );
    expect(JSON.stringify(shown)).not.toMatch(/missing|cut|fail|pass/);
    expect(corpus.answers.map(({ name }) => name).sort()).toEqual([...picked].sort());
  });

  test('has in the store what each case says', async () => {
    expect((await keysOf('no manifest, but a baseline')).join()).not.toContain('manifest.sha256');
    const lost = await keysOf('object missing');
    const { backupId, prefix } = publicCase('object missing');
    const at = (key: string) => ({ bucket: 'backups', key: `${prefix}${backupId}/${key}` });
    const manifest = (await store.admin.getObject(at('manifest.sha256'))).toString().trim().split('\n');
    const listed = manifest.map((line) => line.slice(66));
    const stored = new Set(lost.map((key) => key.slice(`${prefix}${backupId}/`.length)));
    expect(listed.filter((key) => !stored.has(key))).toHaveLength(1);
    const binlogs = await store.admin.listKeys({
      bucket: 'backups',
      prefix: `${publicCase('binlog in the middle missing').prefix}binlogs/`,
    });
    const numbers = binlogs.flatMap((key) => (key.includes('binlog.') ? [Number(key.slice(-6))] : []));
    expect(Math.max(...numbers) - Math.min(...numbers) + 1 - numbers.length).toBe(1);
  });
});
