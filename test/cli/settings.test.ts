import { expect, test } from 'vitest';
import { CliFailure } from '../../src/cli/cli-failure.js';
import { readSettings } from '../../src/cli/settings.js';

test('nothing set gives the defaults, and so does what is exported but empty', () => {
  const environment = { HOLDFAST_CLUSTER: '', KUBECONFIG: '', HOLDFAST_TEMPORAL_UI: '' };
  expect(readSettings(environment)).toEqual({
    kubeconfig: undefined,
    kubeContext: undefined,
    cluster: undefined,
    taskQueue: 'holdfast',
    operator: 'auto',
    apiRetry: { maxRetries: 3, initialBackoffMs: 2_000, maxBackoffMs: 30_000 },
    images: { backupManager: 'ghcr.io/holdfast/holdfast-backup-manager:0.1.0', br: undefined },
    temporalUi: undefined,
    environment,
  });
});

test('several kubeconfig files are left to the client library, which merges them', () => {
  expect(readSettings({ KUBECONFIG: '/a:/b' }).kubeconfig).toBeUndefined();
  expect(readSettings({ KUBECONFIG: '/a' }).kubeconfig).toBe('/a');
});

test('how often a call to Kubernetes is repeated can be set, also to never', () => {
  const environment = { HOLDFAST_API_RETRIES: '0', HOLDFAST_API_BACKOFF: '500ms' };
  expect(readSettings(environment).apiRetry).toMatchObject({ maxRetries: 0, initialBackoffMs: 500 });
  expect(() => readSettings({ HOLDFAST_API_RETRIES: '-1', HOLDFAST_API_BACKOFF: '5' })).toThrow(
    'HOLDFAST_API_RETRIES: received "-1", expected a whole number from 0 to 1000; ' +
      'HOLDFAST_API_BACKOFF: received "5", expected a duration, for example 2s or 500ms',
  );
});

test('all variables that cannot be used are told at once, with what was received', () => {
  const environment = {
    HOLDFAST_TEMPORAL_UI: 'localhost',
    HOLDFAST_CLUSTER: 'a/b',
    HOLDFAST_TIDB_OPERATOR: 'yes',
  };
  const read = () => readSettings(environment);
  expect(read).toThrow(CliFailure);
  expect(read).toThrow(
    'HOLDFAST_CLUSTER: received "a/b", expected letters, digits and . _ @ : -; ' +
      'HOLDFAST_TIDB_OPERATOR: received "yes", expected one of "auto"|"present"|"absent"; ' +
      'HOLDFAST_TEMPORAL_UI: received "localhost", expected a URL, for example http://127.0.0.1:8233',
  );
});
