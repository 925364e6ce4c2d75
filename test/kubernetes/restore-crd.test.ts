import { expect, test } from 'vitest';
import { recentRestoreCrd } from '../../src/kubernetes/restore-crd.js';

const DISCOVERY = '/apis/pingcap.com/v1alpha1';
const SCHEMAS = '/openapi/v3/apis/pingcap.com/v1alpha1';

/** An API server whose CRD of Restores a test changes. */
function changingCrd() {
  const crd = { status: false, replicationConfig: true, away: false };
  const reads: string[] = [];
  let nowMs = 0;
  const read = async (path: string): Promise<unknown> => {
    reads.push(path);
    if (crd.away) throw new Error('nobody answers');
    if (path === DISCOVERY) {
      return { resources: [{ name: 'restores' }, ...(crd.status ? [{ name: 'restores/status' }] : [])] };
    }
    const properties = crd.replicationConfig ? { replicationConfig: {} } : {};
    const restore = {
      'x-kubernetes-group-version-kind': [{ kind: 'Restore' }],
      properties: { spec: { properties } },
    };
    return { components: { schemas: { restore } } };
  };
  return {
    crd,
    reads,
    pass: (ms: number) => void (nowMs += ms),
    recent: recentRestoreCrd(read, () => nowMs),
  };
}

test('many restores at once read the schemas once, and restores with the field never', async () => {
  const { reads, recent } = changingCrd();
  const answers = await Promise.all(Array.from({ length: 100 }, () => recent.dropsReplicationConfig()));
  expect(new Set(answers)).toEqual(new Set([false]));
  expect(await recent.hasStatusSubresource()).toBe(false);
  expect(reads).toEqual([SCHEMAS, DISCOVERY]);
});

test('a CRD that changes is known after ten seconds', async () => {
  const { crd, pass, recent } = changingCrd();
  await Promise.all([recent.dropsReplicationConfig(), recent.hasStatusSubresource()]);
  crd.status = true;
  crd.replicationConfig = false;
  pass(9_999);
  expect([await recent.dropsReplicationConfig(), await recent.hasStatusSubresource()]).toEqual([
    false,
    false,
  ]);
  pass(1);
  expect([await recent.dropsReplicationConfig(), await recent.hasStatusSubresource()]).toEqual([true, true]);
});

test('a read that failed is tried again at once', async () => {
  const { crd, recent } = changingCrd();
  crd.away = true;
  await expect(recent.dropsReplicationConfig()).rejects.toThrow('nobody answers');
  crd.away = false;
  expect(await recent.dropsReplicationConfig()).toBe(false);
});
