import { describe, expect, test } from 'vitest';
import type { StressObject } from '../../../src/domain/stress/stress-plan.js';
import { stressObject, stressSelector } from '../../../src/kubernetes/objects/stress-object.js';

const IMAGE = 'registry.k8s.io/pause:3.10';

const objectOf = (
  object: StressObject,
  { replicas = 0, failedAttempts = 0 }: { replicas?: number; failedAttempts?: number } = {},
) =>
  stressObject({
    run: 'nightly',
    operation: { index: 0, namespace: 'deploy-test-1', object },
    work: { replicas, image: IMAGE },
    failedAttempts,
  });

/** What every object of a run carries. */
const metadata = (name: string, attempt = '0') => ({
  name,
  namespace: 'deploy-test-1',
  labels: {
    'app.kubernetes.io/managed-by': 'holdfast',
    'app.kubernetes.io/component': 'stress',
    'holdfast.dev/run': 'nightly',
    'holdfast.dev/attempt': attempt,
  },
});

const podTemplate = (name: string, spec: object = {}) => ({
  metadata: {
    labels: {
      'app.kubernetes.io/managed-by': 'holdfast',
      'app.kubernetes.io/component': 'stress',
      'app.kubernetes.io/name': name,
    },
  },
  spec: {
    ...spec,
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'main', image: IMAGE, resources: { requests: { cpu: '1m', memory: '4Mi' } } }],
  },
});

describe('each kind is small, and belongs to its run', () => {
  test('Namespace', () => {
    const { resource, body } = objectOf({ kind: 'Namespace', name: 'deploy-test-1' });
    const { labels } = metadata('deploy-test-1');
    expect(resource.plural).toBe('namespaces');
    expect(body).toEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'deploy-test-1', labels },
    });
  });

  test('ConfigMap', () => {
    const { resource, body } = objectOf({ kind: 'ConfigMap', name: 'deploy-1-cm-0', deployment: 'deploy-1' });
    expect(resource.plural).toBe('configmaps');
    expect(body).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadata('deploy-1-cm-0'),
      data: { 'config.properties': `name=deploy-1-cm-0\n${'setting=value\n'.repeat(16)}` },
    });
  });

  test('Secret', () => {
    const { resource, body } = objectOf({
      kind: 'Secret',
      name: 'deploy-1-secret-0',
      deployment: 'deploy-1',
    });
    expect(resource.plural).toBe('secrets');
    expect(body).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata('deploy-1-secret-0'),
      type: 'Opaque',
      stringData: { username: 'deploy-1-secret-0', password: 'not-a-secret' },
    });
  });

  test('Service, which selects the pods of its Deployment', () => {
    const { resource, body } = objectOf({ kind: 'Service', name: 'deploy-1-svc-0', deployment: 'deploy-1' });
    expect(resource.plural).toBe('services');
    expect(body).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata('deploy-1-svc-0'),
      spec: { selector: { 'app.kubernetes.io/name': 'deploy-1' }, ports: [{ port: 80 }] },
    });
  });

  test('headless Service, which selects the pods of its StatefulSet', () => {
    const { resource, body } = objectOf({ kind: 'headless Service', name: 'sts-1-headless' });
    expect(resource.plural).toBe('services');
    expect(body).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata('sts-1-headless'),
      spec: {
        clusterIP: 'None',
        selector: { 'app.kubernetes.io/name': 'sts-1' },
        ports: [{ port: 80 }],
      },
    });
  });

  test('Deployment', () => {
    const { resource, body } = objectOf({ kind: 'Deployment', name: 'deploy-1', deployment: 'deploy-1' });
    expect(resource.plural).toBe('deployments');
    expect(body).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metadata('deploy-1'),
      spec: {
        replicas: 0,
        selector: { matchLabels: { 'app.kubernetes.io/name': 'deploy-1' } },
        template: podTemplate('deploy-1'),
      },
    });
  });

  test('StatefulSet, which names its headless Service', () => {
    const { resource, body } = objectOf({ kind: 'StatefulSet', name: 'sts-1' }, { replicas: 2 });
    expect(resource.plural).toBe('statefulsets');
    expect(body).toEqual({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: metadata('sts-1'),
      spec: {
        replicas: 2,
        serviceName: 'sts-1-headless',
        selector: { matchLabels: { 'app.kubernetes.io/name': 'sts-1' } },
        template: podTemplate('sts-1'),
      },
    });
  });

  test.each([
    ['suspended where no pod is asked for', 0, true],
    ['run where pods are', 1, false],
  ])('build job, %s', (_when, replicas, suspend) => {
    const { resource, body } = objectOf({ kind: 'build job', name: 'build-1' }, { replicas });
    expect(resource.plural).toBe('jobs');
    expect(body).toEqual({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: metadata('build-1'),
      spec: {
        suspend,
        backoffLimit: 0,
        activeDeadlineSeconds: 60,
        template: podTemplate('build-1', { restartPolicy: 'Never' }),
      },
    });
  });
});

test('the attempts that failed before stay readable in the object', () => {
  const { body } = objectOf({ kind: 'ConfigMap', name: 'deploy-1-cm-0' }, { failedAttempts: 2 });
  expect(body).toMatchObject({ metadata: metadata('deploy-1-cm-0', '2') });
});

test('one run is selected by its name, all runs by the label alone', () => {
  const ours = 'app.kubernetes.io/managed-by=holdfast,app.kubernetes.io/component=stress';
  expect(stressSelector('nightly')).toBe(`${ours},holdfast.dev/run=nightly`);
  expect(stressSelector()).toBe(`${ours},holdfast.dev/run`);
});
