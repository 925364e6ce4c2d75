import { describe, expect, test } from 'vitest';
import { operatorOwns } from '../../src/domain/operator-view.js';
import type { KubernetesApi } from '../../src/kubernetes/api.js';
import { ApiFailure } from '../../src/kubernetes/api-failure.js';
import { readOperatorView, type OperatorSetting } from '../../src/kubernetes/operator-presence.js';
import { DEPLOYMENTS, LEASES, type ResourceType } from '../../src/kubernetes/resources.js';
import { createInMemoryCluster } from './in-memory-cluster.js';

const MANAGED = { 'holdfast.dev/managed': 'true' };
const HIDING = '-selector=holdfast.dev/managed!=true';

interface Scene {
  /** Namespaces with a Lease of the operator; nobody renews them. */
  readonly leases?: readonly string[];
  /** Arguments of the operator's Deployment, by its namespace. */
  readonly deployments?: Readonly<Record<string, readonly string[]>>;
  readonly refused?: ResourceType;
  readonly setting?: OperatorSetting;
}

async function look({ leases = [], deployments = {}, refused, setting = 'auto' }: Scene) {
  const cluster = createInMemoryCluster();
  const metadata = (name: string, namespace: string) => ({ metadata: { name, namespace } });
  cluster.put(LEASES, metadata('kube-scheduler', 'kube-system'));
  for (const namespace of leases) {
    cluster.put(LEASES, metadata('tidb-controller-manager', namespace));
    cluster.put(DEPLOYMENTS, { ...metadata('tidb-scheduler', namespace), ...running(['kube-scheduler']) });
  }
  for (const [namespace, args] of Object.entries(deployments)) {
    const command = ['/usr/local/bin/tidb-controller-manager', ...args];
    cluster.put(DEPLOYMENTS, { ...metadata('operator', namespace), ...running(command) });
  }
  const api: KubernetesApi = {
    ...cluster.api,
    list: async (resource, query) => {
      if (resource === refused)
        throw new ApiFailure({ operation: 'list', status: 403, message: 'forbidden' });
      return cluster.api.list(resource, query);
    },
  };
  return readOperatorView(api, setting);
}

function running(command: readonly string[]): object & { spec: object } {
  return { spec: { template: { spec: { containers: [{ name: 'main', command }] } } } };
}

describe('TiDB Operator', () => {
  test('is absent where no Lease is its own', async () => {
    expect(await look({})).toMatchObject({ present: false, leases: 'listed' });
  });

  test('is present with a Lease that nobody renews, in any namespace', async () => {
    expect((await look({ leases: ['anywhere'] })).present).toBe(true);
  });

  test('is taken to be present where Leases cannot be listed', async () => {
    expect(await look({ refused: LEASES })).toMatchObject({ present: true, leases: 'refused' });
  });

  test('is what the setting says, whatever the Leases say', async () => {
    expect((await look({ setting: 'present' })).present).toBe(true);
    expect((await look({ leases: ['tidb-admin'], setting: 'absent' })).present).toBe(false);
  });
});

describe('a Backup with the label is hidden from TiDB Operator', () => {
  test.each([
    ['-selector=holdfast.dev/managed!=true'],
    ['--selector=holdfast.dev/managed!=true'],
    ['-selector', 'holdfast.dev/managed notin (true)'],
    ['--selector', '!holdfast.dev/managed'],
  ])('by %s %s', async (...args: string[]) => {
    const view = await look({ leases: ['tidb-admin'], deployments: { 'tidb-admin': args } });
    expect(operatorOwns(MANAGED, view)).toBe(false);
    expect(operatorOwns({}, view)).toBe(true);
    expect(operatorOwns(undefined, view)).toBe(true);
  });

  test('not by an operator without a selector, or with one that cannot be read', async () => {
    for (const args of [[], ['-selector=a b c']]) {
      const view = await look({ leases: ['tidb-admin'], deployments: { 'tidb-admin': args } });
      expect(operatorOwns(MANAGED, view)).toBe(true);
    }
  });

  test('on trust where its Deployment is absent or cannot be seen', async () => {
    const deployments = { 'tidb-admin': [] };
    for (const scene of [{}, { deployments, refused: DEPLOYMENTS }, { refused: LEASES }]) {
      const view = await look({ leases: ['tidb-admin'], ...scene });
      expect(operatorOwns(MANAGED, view)).toBe(false);
      expect(operatorOwns({ 'holdfast.dev/managed': 'yes' }, view)).toBe(true);
    }
  });

  test('only where every operator of the cluster hides it', async () => {
    const leases = ['one', 'two'];
    const both = await look({ leases, deployments: { one: [HIDING], two: [HIDING] } });
    expect(operatorOwns(MANAGED, both)).toBe(false);
    const one = await look({ leases, deployments: { one: [HIDING], two: [] } });
    expect(operatorOwns(MANAGED, one)).toBe(true);
    expect(one.selectors).toEqual(['holdfast.dev/managed!=true', '']);
  });
});
