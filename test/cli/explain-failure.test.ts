import { expect, test } from 'vitest';
import { z } from 'zod';
import { CliFailure } from '../../src/cli/cli-failure.js';
import { explainFailure } from '../../src/cli/explain-failure.js';
import { ApiFailure } from '../../src/kubernetes/api-failure.js';
import { StoreFailure, type StoreFailureKind } from '../../src/storage/object-store.js';

const SERVER = 'https://kubernetes.internal:6443';
const api = (status: number | undefined) =>
  new ApiFailure({ operation: 'list backups', message: 'said so', ...(status !== undefined && { status }) });

test('a failure of ours keeps its exit code', () => {
  const failure = new CliFailure('no such Backup', { exitCode: 6 });
  expect(explainFailure(failure)).toEqual({ message: 'no such Backup', exitCode: 6 });
});

test('an API server that does not answer is exit code 8, with the address and the variables to check', () => {
  expect(explainFailure(api(undefined), SERVER)).toEqual({
    message:
      'Kubernetes at https://kubernetes.internal:6443 does not answer: list backups failed: said so; ' +
      'check KUBECONFIG and HOLDFAST_KUBE_CONTEXT, or --kubeconfig and --context',
    exitCode: 8,
  });
});

test.each([
  [401, /does not know these credentials/],
  [403, /403: said so/],
  [404, /are the CRDs installed/],
  [500, /500: said so/],
])('an answer with status %i is exit code 1 and says what to look at', (status, message) => {
  const explanation = explainFailure(api(status), SERVER);
  expect(explanation.exitCode).toBe(1);
  expect(explanation.message).toMatch(message);
});

test('an object that cannot be read is told by its field, in one line', () => {
  const { error } = z.object({ metadata: z.object({ uid: z.string() }) }).safeParse({ metadata: {} });
  const { message, exitCode } = explainFailure(error);
  expect(exitCode).toBe(1);
  expect(message).toMatch(/^an object from the API server cannot be read: .*metadata\.uid$/);
});

test.each<[StoreFailureKind, number]>([
  ['NoCredentials', 2],
  ['Unreachable', 8],
  ['AccessDenied', 1],
])('of an object store, %s is exit code %i', (kind, exitCode) => {
  expect(explainFailure(new StoreFailure(kind, 'said so'))).toEqual({ message: 'said so', exitCode });
});
