import { InvalidArgumentError, Option, type Command } from 'commander';
import { DEFAULT_API_RETRY } from '../../domain/api-retry.js';
import { StressRun, StressWork } from '../../domain/stress/stress-input.js';
import { durationArgument } from './arguments.js';

/** What the flags of `holdfast stress` say about the work. */
export interface StressWorkOptions {
  readonly prefix: string;
  readonly totalNamespaces: number;
  readonly deployments: number;
  readonly configmaps: number;
  readonly secrets: number;
  readonly services: number;
  readonly statefulsets: number;
  readonly buildJobs: number;
  readonly replicas: number;
  readonly image: string;
  readonly maxConcurrentOperations: number;
  /** The same by its other name. */
  readonly maxConcurrent?: number;
  readonly maxRetries: number;
  /** Milliseconds. */
  readonly initialBackoff: number;
}

const shape = StressWork.shape;
const retryShape = shape.retry.shape;

/** Small enough for a laptop; the counts of each namespace are about those of the tool that people know. */
export function withStressWork(command: Command): Command {
  const count = (flag: string, description: string, bounds: Bounds, preset: number) =>
    new Option(`${flag} <n>`, description).argParser(whole(bounds)).default(preset);
  return command
    .addOption(count('--total-namespaces', 'how many namespaces', shape.totalNamespaces, 10))
    .addOption(
      count(
        '--max-concurrent-operations',
        'calls at once, the whole run together',
        shape.maxConcurrentOperations,
        50,
      ),
    )
    .addOption(new Option('--max-concurrent <n>', 'the same').argParser(whole(shape.maxConcurrentOperations)))
    .addOption(count('--deployments', 'Deployments in each namespace', shape.deployments, 3))
    .addOption(count('--configmaps', 'ConfigMaps of each Deployment', shape.configMaps, 2))
    .addOption(count('--secrets', 'Secrets of each Deployment', shape.secrets, 2))
    .addOption(count('--services', 'Services of each Deployment', shape.services, 1))
    .addOption(
      count(
        '--statefulsets',
        'StatefulSets in each namespace, each with a headless Service',
        shape.statefulSets,
        1,
      ),
    )
    .addOption(count('--build-jobs', 'Jobs in each namespace', shape.buildJobs, 3))
    .addOption(
      count(
        '--replicas',
        'pods of each Deployment and StatefulSet; 0: no pod at all, Jobs suspended',
        shape.replicas,
        0,
      ),
    )
    .option('--image <image>', 'what the pods run', 'registry.k8s.io/pause:3.10')
    .addOption(
      new Option('--prefix <text>', 'namespaces are this and a number')
        .argParser(prefixArgument)
        .default('deploy-test-'),
    )
    .addOption(
      count('--max-retries', 'of one operation', retryShape.maxRetries, DEFAULT_API_RETRY.maxRetries),
    )
    .addOption(
      new Option('--initial-backoff <duration>', 'before the first retry; it doubles, up to 30s')
        .argParser(durationArgument)
        .default(DEFAULT_API_RETRY.initialBackoffMs, '2s'),
    );
}

export function stressWorkFrom(options: StressWorkOptions): StressWork {
  return {
    prefix: options.prefix,
    totalNamespaces: options.totalNamespaces,
    deployments: options.deployments,
    configMaps: options.configmaps,
    secrets: options.secrets,
    services: options.services,
    statefulSets: options.statefulsets,
    buildJobs: options.buildJobs,
    replicas: options.replicas,
    image: options.image,
    maxConcurrentOperations: options.maxConcurrent ?? options.maxConcurrentOperations,
    retry: { maxRetries: options.maxRetries, initialBackoffMs: options.initialBackoff },
  };
}

/** @throws InvalidArgumentError with the right form */
export function runArgument(text: string): string {
  if (StressRun.safeParse(text).success) return text;
  throw new InvalidArgumentError('Expected lower-case letters, digits and hyphens, at most 40.');
}

function prefixArgument(text: string): string {
  if (shape.prefix.safeParse(text).success) return text;
  throw new InvalidArgumentError('Expected lower-case letters, digits and hyphens, at most 50.');
}

interface Bounds {
  readonly minValue: number | null;
  readonly maxValue: number | null;
}

function whole({ minValue, maxValue }: Bounds): (text: string) => number {
  const [min, max] = [minValue ?? 0, maxValue ?? Number.MAX_SAFE_INTEGER];
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}
