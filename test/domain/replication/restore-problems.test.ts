import { describe, expect, test } from 'vitest';
import { describeProblems } from '../../../src/domain/field-problem.js';
import { resolveGatePolicy } from '../../../src/domain/replication/read-gate-policy.js';
import { restoreModeOf } from '../../../src/domain/replication/restore-mode.js';
import { restoreProblems } from '../../../src/domain/replication/restore-problems.js';
import { restoreWith } from './restore-objects.js';

const annotated = (text: string) =>
  restoreWith({ metadata: { annotations: { 'holdfast.dev/gate-policy': text } } });

test('a replication restore in order, with everything said, has no problem', () => {
  const replicationConfig = { compactBackupName: 'cb-1', waitTimeout: '30m' };
  const spec = { replicationConfig, backoffLimit: 2, prune: 'afterFailed', to: { secretName: 'tidb' } };
  expect(restoreProblems(restoreWith({ spec }))).toEqual([]);
});

describe('every problem names the field, the value and the way out', () => {
  test.each<[string, object, string]>([
    ['no cluster', { br: undefined }, 'spec.br: received "", expected object'],
    [
      'an empty cluster',
      { br: { cluster: '' } },
      'spec.br.cluster: received "", expected the name of a TidbCluster',
    ],
    [
      'a cluster whose name leads elsewhere',
      { br: { cluster: 'a/../b' } },
      'spec.br.cluster: received "a/../b", expected the name of a TidbCluster',
    ],
    [
      'a namespace that can be none',
      { br: { cluster: 'basic', clusterNamespace: 'prod.eu' } },
      'spec.br.clusterNamespace: received "prod.eu", expected the name of a namespace, or nothing',
    ],
    [
      'a CompactBackup with too long a name',
      { replicationConfig: { compactBackupName: 'c'.repeat(254) } },
      `spec.replicationConfig.compactBackupName: received "${'c'.repeat(254)}", expected the name of a CompactBackup in the same namespace`,
    ],
    ['no storage', { s3: undefined }, 'spec: received "no storage", expected one of s3, gcs, azblob, local'],
    [
      'a replicationConfig without a name',
      { replicationConfig: {} },
      'spec.replicationConfig.compactBackupName: received "", expected string',
    ],
    [
      'an empty name',
      { replicationConfig: { compactBackupName: '' } },
      'spec.replicationConfig.compactBackupName: received "", expected the name of a CompactBackup in the same namespace',
    ],
    [
      'a name that leads elsewhere',
      { replicationConfig: { compactBackupName: '..' } },
      'spec.replicationConfig.compactBackupName: received "..", expected the name of a CompactBackup in the same namespace',
    ],
    [
      'a time-out without a unit',
      { replicationConfig: { compactBackupName: 'cb-1', waitTimeout: '30' } },
      'spec.replicationConfig.waitTimeout: received "30", expected a Go duration, for example 30m',
    ],
    [
      'a point in time that is none',
      { pitrRestoredTs: 'yesterday' },
      'spec.pitrRestoredTs: received "yesterday", expected a TSO, "YYYY-MM-DD hh:mm:ss" or an RFC 3339 time',
    ],
    [
      'neither a snapshot nor a start',
      { pitrFullBackupStorageProvider: undefined },
      'spec.pitrFullBackupStorageProvider: received "", expected either a storage block here, or spec.logRestoreStartTs',
    ],
    [
      'a snapshot and a start',
      { logRestoreStartTs: '4545' },
      'spec.pitrFullBackupStorageProvider: received "a storage block, and spec.logRestoreStartTs 4545", expected either a storage block here, or spec.logRestoreStartTs',
    ],
    [
      'a snapshot without a bucket',
      { pitrFullBackupStorageProvider: { s3: { provider: 'aws' } } },
      'spec.pitrFullBackupStorageProvider.s3.bucket: received "", expected the name of a bucket',
    ],
    ['a negative limit', { backoffLimit: -1 }, 'spec.backoffLimit: received "-1", expected number to be >=0'],
  ])('%s', (_name, spec, text) => {
    expect(describeProblems(restoreProblems(restoreWith({ spec })))).toBe(text);
  });

  test('a gate policy that cannot be read', () => {
    expect(describeProblems(restoreProblems(annotated('mismatch=maybe')))).toBe(
      'metadata.annotations["holdfast.dev/gate-policy"]: received "mismatch=maybe", expected mismatch, timeout or ' +
        'partial, "=", and fail, wait or proceed; more of them after commas',
    );
  });
});

describe('the gate policy', () => {
  test('defaults: a mismatch and a time-out end the restore, a partial compaction does not', () => {
    expect(resolveGatePolicy(restoreWith()).policy).toEqual({
      mismatch: 'fail',
      timeout: 'fail',
      partial: 'proceed',
    });
  });

  test('the input replaces defaults, the annotation replaces both', () => {
    const input = { mismatch: 'wait', timeout: 'wait' } as const;
    expect(resolveGatePolicy(annotated(' timeout = proceed , partial=fail'), input)).toEqual({
      policy: { mismatch: 'wait', timeout: 'proceed', partial: 'fail' },
      problems: [],
    });
  });

  test.each(['mismatch', 'mismatch=', 'other=fail', '=fail', 'fail', 'toString=fail'])(
    '"%s" is a problem',
    (text) => {
      const { policy, problems } = resolveGatePolicy(annotated(`${text},partial=wait`));
      expect(problems.map(({ received }) => received)).toEqual([text]);
      expect(policy).toEqual({ mismatch: 'fail', timeout: 'fail', partial: 'wait' });
    },
  );
});

describe('both spellings of the mode', () => {
  test.each([
    ['the stock one', { restoreMode: 'pitr' }, 'pitr'],
    ['the other one', { restoreMode: undefined, mode: 'pitr' }, 'pitr'],
    ['both, equal', { restoreMode: 'pitr', mode: 'pitr' }, 'pitr'],
    ['none', { restoreMode: null }, 'snapshot'],
  ])('%s', (_name, spec, mode) => {
    expect(restoreModeOf(restoreWith({ spec }).spec)).toEqual({ mode });
  });

  test.each([
    [
      'a word that is none',
      { restoreMode: 'pit' },
      'spec.restoreMode: received "pit", expected snapshot, pitr, volume-snapshot',
    ],
    [
      'both, different',
      { restoreMode: 'snapshot', mode: 'pitr' },
      'spec.mode: received "pitr" beside spec.restoreMode "snapshot", expected both spellings of the mode to be equal, or only one of them',
    ],
  ])('%s is a problem', (_name, spec, text) => {
    const mode = restoreModeOf(restoreWith({ spec }).spec);
    expect('problem' in mode ? describeProblems([mode.problem]) : mode).toBe(text);
  });
});
