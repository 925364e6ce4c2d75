import type { StressWork } from './stress-input.js';

/** Kinds as the log lines call them. */
export const STRESS_KINDS = [
  'Namespace',
  'ConfigMap',
  'Secret',
  'Service',
  'Deployment',
  'headless Service',
  'StatefulSet',
  'build job',
] as const;
export type StressKind = (typeof STRESS_KINDS)[number];

/** One object of every namespace. */
export interface StressObject {
  readonly kind: StressKind;
  readonly name: string;
  /** The Deployment that it belongs to, itself included; `undefined` for what stands alone. */
  readonly deployment?: string;
}

/** What a run creates: a pure function of its flags, so that whoever continues it knows what number n is. */
export interface StressPlan {
  readonly prefix: string;
  readonly namespaces: number;
  /** The objects of each namespace, in the order in which they are created. */
  readonly objects: readonly StressObject[];
  /** All creations, the namespaces included. */
  readonly operations: number;
}

/** One creation. */
export interface StressOperation {
  readonly index: number;
  readonly namespace: string;
  /** The namespace itself, or an object in it. */
  readonly object: StressObject;
}

/**
 * So many namespaces are created first, then what is in them: objects hardly ever wait for their namespace, and
 * little has to be remembered of those that could not be created.
 */
const NAMESPACES_AT_ONCE = 50;

export function planStress(work: StressWork): StressPlan {
  const objects = [
    ...numbered(work.deployments, 1).flatMap((number) => deploymentParts(work, `deploy-${number}`)),
    ...numbered(work.statefulSets, 1).flatMap((number): StressObject[] => [
      { kind: 'headless Service', name: `sts-${number}-headless` },
      { kind: 'StatefulSet', name: `sts-${number}` },
    ]),
    ...numbered(work.buildJobs, 1).map((number): StressObject => ({
      kind: 'build job',
      name: `build-${number}`,
    })),
  ];
  const { prefix, totalNamespaces: namespaces } = work;
  return { prefix, namespaces, objects, operations: namespaces * (1 + objects.length) };
}

function deploymentParts(
  { configMaps, secrets, services }: StressWork,
  deployment: string,
): readonly StressObject[] {
  const part = (kind: StressKind, name: string): StressObject => ({ kind, name, deployment });
  return [
    ...numbered(configMaps, 0).map((number) => part('ConfigMap', `${deployment}-cm-${number}`)),
    ...numbered(secrets, 0).map((number) => part('Secret', `${deployment}-secret-${number}`)),
    ...numbered(services, 0).map((number) => part('Service', `${deployment}-svc-${number}`)),
    part('Deployment', deployment),
  ];
}

function numbered(count: number, first: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

/** @param index from 0 to `plan.operations - 1` */
export function operationAt(plan: StressPlan, index: number): StressOperation {
  if (index >= plan.operations) throw new RangeError(`operation ${index} of ${plan.operations}`);
  const perNamespace = 1 + plan.objects.length;
  const block = Math.floor(index / (NAMESPACES_AT_ONCE * perNamespace));
  const firstNamespace = block * NAMESPACES_AT_ONCE;
  const namespaces = Math.min(NAMESPACES_AT_ONCE, plan.namespaces - firstNamespace);
  const inBlock = index - firstNamespace * perNamespace;
  if (inBlock < namespaces) {
    const namespace = namespaceName(plan, firstNamespace + inBlock);
    return { index, namespace, object: { kind: 'Namespace', name: namespace } };
  }
  const inObjects = inBlock - namespaces;
  const object = plan.objects[inObjects % plan.objects.length];
  if (object === undefined) throw new RangeError(`operation ${index} of a plan without objects`);
  const namespace = namespaceName(plan, firstNamespace + Math.floor(inObjects / plan.objects.length));
  return { index, namespace, object };
}

function namespaceName({ prefix }: StressPlan, index: number): string {
  return `${prefix}${index + 1}`;
}

/** `create ConfigMap deploy-1-cm-0`, as log lines say it. */
export function describeOperation({ object }: StressOperation): string {
  return `create ${object.kind} ${object.name}`;
}
