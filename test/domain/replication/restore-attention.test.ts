import { expect, test } from 'vitest';
import { restoreAttention } from '../../../src/domain/replication/restore-attention.js';
import type { SeenRestore } from '../../../src/domain/replication/seen-restore.js';
import { projectCompactBackup, projectRestore } from '../../../src/domain/watch-projection.js';
import { compactBackupWith, CREATED_AT, CREATED_MS, LOG_STORAGE, restoreWith } from './restore-objects.js';

/** As the watch has them. */
function seen(
  restore: Parameters<typeof restoreWith>[0],
  compactBackup?: Parameters<typeof compactBackupWith>[0],
): SeenRestore {
  return {
    restore: projectRestore(restoreWith(restore)),
    jobs: {},
    compactBackup: compactBackup && projectCompactBackup(compactBackupWith(compactBackup)),
    nowMs: CREATED_MS,
  };
}

const fingerprintOf = (...parts: Parameters<typeof seen>): string =>
  restoreAttention(seen(...parts)).fingerprint;

test('a CompactBackup whose place somebody corrects is news', () => {
  const status = { state: 'Complete' };
  const elsewhere = { s3: { ...LOG_STORAGE.s3, prefix: 'elsewhere' } };
  expect(fingerprintOf({}, { status, spec: elsewhere })).not.toBe(fingerprintOf({}, { status }));
});

test('the progress of a compaction is none', () => {
  const running = { state: 'Running', progress: '[READ_META(1/17)]' };
  const further = { state: 'Running', progress: '[READ_META(2/17)]' };
  expect(fingerprintOf({}, { status: running })).toBe(fingerprintOf({}, { status: further }));
});

test('a failed restore that has begun and wants to be pruned needs its workflow', () => {
  const failed = { phase: 'Failed', replicationStep: 'log-restore', timeStarted: CREATED_AT };
  const spec = { prune: 'afterFailed' };
  expect(restoreAttention(seen({ spec, status: failed })).need).toBe('Due');
  expect(restoreAttention(seen({ status: failed })).need).toBe('None');
});
