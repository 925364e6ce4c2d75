import fc from 'fast-check';
import { expect, test } from 'vitest';
import { settle } from '../../../src/domain/stress/namespace-account.js';
import { planStress, type StressOperation } from '../../../src/domain/stress/stress-plan.js';
import type { NamespaceAccount } from '../../../src/domain/stress/stress-progress.js';
import type { OperationEnd } from '../../../src/domain/stress/stress-tally.js';
import { operationsOf, stressWork } from './stress-work.js';

const PLAN = planStress(stressWork({ totalNamespaces: 1, deployments: 2, statefulSets: 0, buildJobs: 0 }));
const OPERATIONS = operationsOf(PLAN);
const TIMED_OUT = 'etcdserver: request timed out';
const done: OperationEnd = { succeeded: true, failedAttempts: 0, durationMs: 5 };
const failed: OperationEnd = { succeeded: false, reason: TIMED_OUT, message: TIMED_OUT };

/** The lines of a namespace whose operations end in this order. */
function linesOf(
  operations: readonly StressOperation[],
  endOf: (operation: StressOperation) => OperationEnd,
): string[] {
  let account: NamespaceAccount | undefined;
  const lines: string[] = [];
  for (const operation of operations) {
    const settled = settle(PLAN, account, { operation, end: endOf(operation) });
    ({ account } = settled);
    lines.push(...settled.lines.map(({ text }) => text));
  }
  expect(account).toBeUndefined();
  return lines;
}

test('a namespace whose objects are all there is told as people grep it', () => {
  expect(linesOf(OPERATIONS, () => done)).toEqual([
    '[DEPLOYMENT] Created deployment deploy-1 in deploy-test-1',
    '[DEPLOYMENT] Created deployment deploy-2 in deploy-test-1',
    '[NAMESPACE] Created 12 resources in deploy-test-1 (Success: 12, Errors: 0)',
  ]);
});

test('a part that failed is named in the line of its deployment', () => {
  const endOf = ({ object }: StressOperation) => (object.name === 'deploy-2-cm-0' ? failed : done);
  expect(linesOf(OPERATIONS, endOf)).toEqual([
    '[DEPLOYMENT] Created deployment deploy-1 in deploy-test-1',
    `[DEPLOYMENT] Failed to create deployment deploy-2: failed to create ConfigMap deploy-2-cm-0: ${TIMED_OUT}`,
    '[NAMESPACE] Created 11 resources in deploy-test-1 (Success: 11, Errors: 1)',
  ]);
});

test('a namespace that could not be created is told, and that nothing in it is tried is kept', () => {
  const [operation] = OPERATIONS;
  if (operation === undefined) throw new Error('the plan is empty');
  const { account, lines } = settle(PLAN, undefined, { operation, end: failed });
  expect(account?.lost).toBe('namespace deploy-test-1 was not created');
  expect(lines.map(({ text }) => text)).toEqual([
    `[NAMESPACE] Failed to create namespace deploy-test-1: ${TIMED_OUT}`,
  ]);
});

test('in whatever order the objects of a namespace end, each line comes once', () => {
  const objects = OPERATIONS.slice(1);
  const orders = fc.shuffledSubarray(objects, { minLength: objects.length });
  fc.assert(
    fc.property(orders, (order) => {
      const lines = linesOf(order, () => done);
      expect(lines).toHaveLength(3);
      expect(lines.at(-1)).toBe('[NAMESPACE] Created 12 resources in deploy-test-1 (Success: 12, Errors: 0)');
    }),
  );
});
