import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeOperation, operationAt, planStress } from '../../../src/domain/stress/stress-plan.js';
import { operationsOf, stressWork } from './stress-work.js';

test('a namespace gets each object under the name that people grep for', () => {
  const plan = planStress(stressWork({ totalNamespaces: 1, services: 1 }));
  expect(operationsOf(plan).map(describeOperation)).toEqual([
    'create Namespace deploy-test-1',
    'create ConfigMap deploy-1-cm-0',
    'create ConfigMap deploy-1-cm-1',
    'create Secret deploy-1-secret-0',
    'create Secret deploy-1-secret-1',
    'create Service deploy-1-svc-0',
    'create Deployment deploy-1',
    'create headless Service sts-1-headless',
    'create StatefulSet sts-1',
    'create build job build-1',
    'create build job build-2',
  ]);
});

test('the namespaces of a block are created before what is in them', () => {
  const operations = operationsOf(planStress(stressWork({ totalNamespaces: 60, buildJobs: 0 })));
  const firstObject = operations.findIndex(({ object }) => object.kind !== 'Namespace');
  expect(firstObject).toBe(50);
  expect(operations.at(-1)?.namespace).toBe('deploy-test-60');
});

describe('whatever the flags say', () => {
  const work = fc
    .record({
      totalNamespaces: fc.integer({ min: 1, max: 120 }),
      deployments: fc.integer({ min: 0, max: 3 }),
      configMaps: fc.integer({ min: 0, max: 3 }),
      secrets: fc.integer({ min: 0, max: 2 }),
      services: fc.integer({ min: 0, max: 2 }),
      statefulSets: fc.integer({ min: 0, max: 2 }),
      buildJobs: fc.integer({ min: 0, max: 2 }),
    })
    .map(stressWork);

  test('each object of each namespace is created exactly once, after its namespace', () => {
    fc.assert(
      fc.property(work, (flags) => {
        const plan = planStress(flags);
        const seen = new Set<string>();
        const early: string[] = [];
        for (const { namespace, object } of operationsOf(plan)) {
          seen.add(`${object.kind} ${namespace}/${object.name}`);
          if (!seen.has(`Namespace ${namespace}/${namespace}`)) early.push(`${namespace}/${object.name}`);
        }
        expect(early).toEqual([]);
        expect(seen.size).toBe(flags.totalNamespaces * (1 + plan.objects.length));
        expect(seen.size).toBe(plan.operations);
      }),
      { numRuns: 50 },
    );
  });

  test('the plan has no operation beyond its last one', () => {
    fc.assert(
      fc.property(work, (flags) => {
        const plan = planStress(flags);
        expect(() => operationAt(plan, plan.operations)).toThrow(RangeError);
      }),
      { numRuns: 20 },
    );
  });
});
