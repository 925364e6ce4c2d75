import { expect, test } from 'vitest';
import { environmentWithFlags } from '../../src/cli/environment.js';

test('a flag wins over its variable, and what no flag says stays', () => {
  const environment = { KUBECONFIG: '/home/ops/config', HOLDFAST_CLUSTER: 'prod-eu', NO_COLOR: '1' };
  const flags = { cluster: 'prod-us', temporalAddress: 'temporal.internal:7233' };
  expect(environmentWithFlags(environment, flags)).toEqual({
    KUBECONFIG: '/home/ops/config',
    HOLDFAST_CLUSTER: 'prod-us',
    TEMPORAL_ADDRESS: 'temporal.internal:7233',
    NO_COLOR: '1',
  });
});

test('every flag has its variable', () => {
  const flags = {
    kubeconfig: 'a',
    context: 'b',
    cluster: 'c',
    temporalAddress: 'd',
    temporalNamespace: 'e',
    taskQueue: 'f',
  };
  expect(environmentWithFlags({}, flags)).toEqual({
    KUBECONFIG: 'a',
    HOLDFAST_KUBE_CONTEXT: 'b',
    HOLDFAST_CLUSTER: 'c',
    TEMPORAL_ADDRESS: 'd',
    TEMPORAL_NAMESPACE: 'e',
    HOLDFAST_TASK_QUEUE: 'f',
  });
});
