import { ATTEMPT_LABEL, RUN_LABEL } from '../../domain/labels.js';
import type { StressWork } from '../../domain/stress/stress-input.js';
import type { StressKind, StressOperation } from '../../domain/stress/stress-plan.js';
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  JOBS,
  NAMESPACES,
  SECRETS,
  SERVICES,
  STATEFUL_SETS,
  type ResourceType,
} from '../resources.js';

/** On every object of every run, besides the run itself. */
const STRESS_LABELS = {
  'app.kubernetes.io/managed-by': 'holdfast',
  'app.kubernetes.io/component': 'stress',
} as const;

/** Selects the namespaces of one run, or of all runs. */
export function stressSelector(run?: string): string {
  const ours = Object.entries(STRESS_LABELS).map(([key, value]) => `${key}=${value}`);
  return [...ours, run === undefined ? RUN_LABEL : `${RUN_LABEL}=${run}`].join(',');
}

const RESOURCE_OF_KIND: Readonly<Record<StressKind, ResourceType>> = {
  Namespace: NAMESPACES,
  ConfigMap: CONFIG_MAPS,
  Secret: SECRETS,
  Service: SERVICES,
  'headless Service': SERVICES,
  Deployment: DEPLOYMENTS,
  StatefulSet: STATEFUL_SETS,
  'build job': JOBS,
};

export interface StressObjectInput {
  readonly run: string;
  readonly operation: StressOperation;
  readonly work: Pick<StressWork, 'replicas' | 'image'>;
  /** Attempts that have failed before: it stays readable in the object, whatever dies next. */
  readonly failedAttempts: number;
}

/** One object of a run, small, and without pods unless replicas are asked for. */
export function stressObject(input: StressObjectInput): { resource: ResourceType; body: object } {
  const { object, namespace } = input.operation;
  const resource = RESOURCE_OF_KIND[object.kind];
  const body = {
    apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`,
    kind: resource.kind,
    metadata: {
      name: object.name,
      ...(object.kind !== 'Namespace' && { namespace }),
      labels: {
        ...STRESS_LABELS,
        [RUN_LABEL]: input.run,
        [ATTEMPT_LABEL]: String(input.failedAttempts),
      },
    },
    ...contentOf(input),
  };
  return { resource, body };
}

function contentOf({ operation: { object }, work }: StressObjectInput): object {
  const { name, kind, deployment } = object;
  const selector = { matchLabels: podLabels(name) };
  const { replicas } = work;
  switch (kind) {
    case 'Namespace':
      return {};
    case 'ConfigMap':
      return { data: { 'config.properties': `name=${name}\n${'setting=value\n'.repeat(16)}` } };
    case 'Secret':
      return { type: 'Opaque', stringData: { username: name, password: 'not-a-secret' } };
    case 'Service':
      return { spec: { selector: podLabels(deployment ?? name), ports: [{ port: 80 }] } };
    case 'headless Service':
      return {
        spec: {
          clusterIP: 'None',
          selector: podLabels(name.replace(/-headless$/, '')),
          ports: [{ port: 80 }],
        },
      };
    case 'Deployment':
      return { spec: { replicas, selector, template: podTemplate(name, work) } };
    case 'StatefulSet':
      return {
        spec: { replicas, serviceName: `${name}-headless`, selector, template: podTemplate(name, work) },
      };
    case 'build job':
      return {
        spec: {
          suspend: replicas === 0,
          backoffLimit: 0,
          activeDeadlineSeconds: 60,
          template: podTemplate(name, work, { restartPolicy: 'Never' }),
        },
      };
  }
}

function podLabels(name: string): Record<string, string> {
  return { 'app.kubernetes.io/name': name };
}

function podTemplate(name: string, { image }: { image: string }, spec: object = {}): object {
  return {
    metadata: { labels: { ...STRESS_LABELS, ...podLabels(name) } },
    spec: {
      ...spec,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image, resources: { requests: { cpu: '1m', memory: '4Mi' } } }],
    },
  };
}
