import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logJobName } from '../../src/domain/backup/log-job-name.js';
import {
  drillWatchWorkflowId,
  backupOfWorkflowId,
  backupWorkflowId,
  boundedName,
  restoreOfWorkflowId,
  restoreWorkflowId,
  shortHash,
  taskQueues,
  watchWorkflowId,
} from '../../src/domain/names.js';

test('ids and queues are what other tools rely on', () => {
  expect({
    backup: backupWorkflowId({ namespace: 'prod', name: 'orders', uid: 'u-1' }),
    watch: watchWorkflowId('eu-1'),
    drillWatch: drillWatchWorkflowId('eu-1'),
    queues: taskQueues({ prefix: 'holdfast', cluster: 'eu-1' }),
    job: logJobName('orders', 'log-start'),
  }).toEqual({
    backup: 'backup/prod/orders/u-1',
    watch: 'watch/eu-1',
    drillWatch: 'watch-drills/eu-1',
    queues: {
      workflows: 'holdfast',
      kubernetes: 'holdfast-kube-eu-1',
      watch: 'holdfast-watch-eu-1',
      drill: 'holdfast-drill',
      drillWatch: 'holdfast-drill-watch-eu-1',
    },
    job: 'backup-orders-log-start',
  });
});

describe('boundedName', () => {
  test('leaves a name alone that fits', () => {
    expect(boundedName('a'.repeat(63))).toBe('a'.repeat(63));
  });

  test('keeps two long names apart that begin alike', () => {
    const [one, two] = ['x', 'y'].map((end) => boundedName('a'.repeat(70) + end));
    expect(one).toHaveLength(63);
    expect(one).not.toBe(two);
  });

  test('gives a valid object name for every valid object name', () => {
    const part = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?$/);
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        const name = boundedName(parts.join('-'));
        expect(name.length).toBeLessThanOrEqual(63);
        expect(name).toMatch(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
      }),
    );
  });
});

test('the hash of a text never changes: names in clusters depend on it', () => {
  expect(shortHash('holdfast')).toMatchInlineSnapshot(`"0rqotra06xkpcb"`);
});

describe('workflow ids of custom resources', () => {
  const identity = { namespace: 'prod', name: 'orders', uid: '5f1c0d3e' };

  test('lead back to the object, each to its own kind', () => {
    expect(backupWorkflowId(identity)).toBe('backup/prod/orders/5f1c0d3e');
    expect(restoreWorkflowId(identity)).toBe('replication-restore/prod/orders/5f1c0d3e');
    expect(backupOfWorkflowId(backupWorkflowId(identity))).toEqual(identity);
    expect(restoreOfWorkflowId(restoreWorkflowId(identity))).toEqual(identity);
    expect(restoreOfWorkflowId(backupWorkflowId(identity))).toBeUndefined();
  });

  test.each(['backup/prod/orders', 'backup/prod/orders/', 'backup/prod/orders/5f1c/x', 'watch/prod', ''])(
    '"%s" is of no Backup',
    (id) => {
      expect(backupOfWorkflowId(id)).toBeUndefined();
    },
  );
});
