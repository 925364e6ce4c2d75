import { expect, test } from 'vitest';
import { run } from '../../../src/cli/commands/backup-list.js';
import { ApiFailure } from '../../../src/kubernetes/api-failure.js';
import { BACKUP_PATH, backupObject, cliWorld, JOB_PATH, waitingForRetry } from '../cli-world.js';

const objects = () => {
  const { backup, job } = waitingForRetry();
  const other = backupObject({ name: 'daily' });
  const spoiled = { metadata: { ...other.metadata, name: 'odd' }, spec: { logStop: 'yes' } };
  return {
    [BACKUP_PATH]: backup,
    [JOB_PATH]: job,
    '/apis/pingcap.com/v1alpha1/namespaces/test/backups/daily': {
      ...other,
      metadata: { ...other.metadata, namespace: 'test' },
    },
    '/apis/pingcap.com/v1alpha1/namespaces/test/backups/odd': {
      ...spoiled,
      metadata: { ...spoiled.metadata, namespace: 'test' },
    },
  };
};

test('names are one a line, for pipes, objects that cannot be read included', async () => {
  const { deps, data } = cliWorld({ objects: objects() });
  expect(await run({ namespace: 'all', output: 'name' }, deps)).toBe(0);
  expect(data()).toBe('prod/orders\ntest/daily\ntest/odd');
});

test('JSON holds the summaries with the Job that belongs to each, and what cannot be read', async () => {
  const { deps, data } = cliWorld({ objects: objects() });
  expect(await run({ namespace: 'all', output: 'json' }, deps)).toBe(0);
  expect(JSON.parse(data())).toMatchObject({
    backups: [
      { name: 'orders', job: { state: 'failed' }, nextAction: { kind: 'Retry', at: '2026-11-21T10:31:30Z' } },
      { name: 'daily', nextAction: { kind: 'Now' } },
    ],
    unreadable: [{ namespace: 'test', name: 'odd', problem: expect.stringContaining('spec.logStop') }],
  });
});

test('one namespace shows only its own', async () => {
  const { deps, data } = cliWorld({ objects: objects() });
  expect(await run({ namespace: 'prod', output: 'name' }, deps)).toBe(0);
  expect(data()).toBe('prod/orders');
});

test('no Backups at all is said on stderr, and no failure', async () => {
  const { deps, data, said } = cliWorld();
  expect(await run({ namespace: 'prod', output: 'table' }, deps)).toBe(0);
  expect(data()).toBe('');
  expect(said).toEqual(['no Backups in namespace prod']);
});

test('a refused list is a failure, not an empty table', async () => {
  const refused = new ApiFailure({ operation: 'list backups', status: 403, message: 'forbidden' });
  const { deps } = cliWorld({ objects: { '/apis/pingcap.com/v1alpha1/backups': refused } });
  await expect(run({ namespace: 'all', output: 'table' }, deps)).rejects.toBe(refused);
});
