import { z } from 'zod';
import { WorkLimit } from '../domain/drill/work-limit.js';
import { describeProblems, type FieldProblem } from '../domain/field-problem.js';
import { BACKUP_MANAGER_IMAGE, type JobImages } from '../kubernetes/job-images.js';
import type { RateLimit } from '../kubernetes/rate-limit.js';

const ROLES = ['orchestrator', 'watch', 'drill'] as const;
export type Role = (typeof ROLES)[number];

/** A comma-separated list without blanks and empty items. */
const commaSeparated = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

const Listen = z.string().transform((text, context) => {
  const match = /^(.*):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) {
    context.addIssue({ code: 'custom', message: 'expected host:port, for example 127.0.0.1:9464' });
    return z.NEVER;
  }
  return { host: match[1] || '0.0.0.0', port };
});

const MAX_QPS = 100_000;
const expectedCount = `expected a whole number from 1 to ${MAX_QPS}`;
const PositiveCount = z
  .string()
  .regex(/^\d+$/, expectedCount)
  .transform(Number)
  .pipe(z.number().min(1, expectedCount).max(MAX_QPS, expectedCount));

/** Names become parts of workflow ids, task queues, visibility queries and metric labels. */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._@:/-]*$/;
export const NAME_EXPECTED = 'expected letters, digits and . _ @ : / -';
const Name = z.string().regex(NAME_PATTERN, NAME_EXPECTED);

/** The environment of `holdfast worker`; TEMPORAL_* are read by @temporalio/envconfig, as by every Temporal tool. */
const Environment = z.object({
  KUBECONFIG: z.string().min(1).optional(),
  HOLDFAST_KUBE_CONTEXT: z.string().min(1).optional(),
  HOLDFAST_KUBE_QPS: PositiveCount.default(300),
  HOLDFAST_KUBE_BURST: PositiveCount.default(600),
  HOLDFAST_CLUSTER: Name.optional(),
  HOLDFAST_TIDB_OPERATOR: z.enum(['auto', 'present', 'absent']).default('auto'),
  HOLDFAST_NAMESPACES: commaSeparated
    .refine((names) => names.length > 0, 'expected names of namespaces, or *')
    .default(['*']),
  HOLDFAST_SELECTOR: z.string().min(1).optional(),
  HOLDFAST_ROLES: commaSeparated
    .pipe(z.array(z.enum(ROLES)).min(1, `expected one or more of ${ROLES.join(', ')}`))
    .default(['orchestrator', 'watch']),
  HOLDFAST_TASK_QUEUE: Name.default('holdfast'),
  HOLDFAST_LISTEN: Listen.default({ host: '127.0.0.1', port: 9464 }),
  HOLDFAST_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  HOLDFAST_LOG_FORMAT: z.enum(['json', 'pretty']).optional(),
  HOLDFAST_BACKUP_MANAGER_IMAGE: z.string().min(1).default(BACKUP_MANAGER_IMAGE),
  HOLDFAST_BR_IMAGE: z.string().min(1).optional(),
  HOLDFAST_WORK_DIR: z.string().startsWith('/', 'expected an absolute path').optional(),
  HOLDFAST_WORK_LIMIT: WorkLimit.optional(),
  // Refused rather than ignored: whoever sets it believes that payloads are encrypted.
  HOLDFAST_PAYLOAD_KEY_FILE: z.undefined('payload encryption is not there yet: unset it').optional(),
});

export interface WorkerConfig {
  /** Path of a kubeconfig; `undefined`: in-cluster, or the user's default. */
  readonly kubeconfig: string | undefined;
  readonly kubeContext: string | undefined;
  /** What this process may ask of the API server: default 300 requests a second, 600 at once after a pause. */
  readonly kubeLimit: RateLimit;
  /** `undefined`: the context's name. */
  readonly cluster: string | undefined;
  readonly operator: 'auto' | 'present' | 'absent';
  /** `undefined`: all. */
  readonly namespaces: readonly string[] | undefined;
  readonly selector: string | undefined;
  readonly roles: readonly Role[];
  /** Prefix of all task queues. */
  readonly taskQueue: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly logLevel: string;
  readonly logFormat: 'json' | 'pretty';
  readonly images: JobImages;
  /** Where drills leave their files, and how much; with the role drill only. */
  readonly work: { readonly dir: string; readonly limitBytes: number | undefined } | undefined;
}

/** The environment cannot be used; `message` lists every problem. */
export class InvalidEnvironment extends Error {
  override readonly name = 'InvalidEnvironment';
}

/**
 * @param isTerminal whether logs go to a terminal: then they are pretty by default
 * @throws InvalidEnvironment with all problems at once
 */
export function parseWorkerConfig(
  environment: Readonly<Record<string, string | undefined>>,
  { isTerminal }: { isTerminal: boolean },
): WorkerConfig {
  const parsed = Environment.safeParse(environment);
  if (!parsed.success) {
    throw new InvalidEnvironment(
      describeProblems(parsed.error.issues.map((issue) => problemOf(issue, environment))),
    );
  }
  const env = parsed.data;
  const work = workOf(env);
  return {
    kubeconfig: env.KUBECONFIG,
    kubeContext: env.HOLDFAST_KUBE_CONTEXT,
    kubeLimit: { qps: env.HOLDFAST_KUBE_QPS, burst: env.HOLDFAST_KUBE_BURST },
    cluster: env.HOLDFAST_CLUSTER,
    operator: env.HOLDFAST_TIDB_OPERATOR,
    namespaces: env.HOLDFAST_NAMESPACES.includes('*') ? undefined : env.HOLDFAST_NAMESPACES,
    selector: env.HOLDFAST_SELECTOR,
    roles: env.HOLDFAST_ROLES,
    taskQueue: env.HOLDFAST_TASK_QUEUE,
    listen: env.HOLDFAST_LISTEN,
    logLevel: env.HOLDFAST_LOG_LEVEL,
    logFormat: env.HOLDFAST_LOG_FORMAT ?? (isTerminal ? 'pretty' : 'json'),
    images: { backupManager: env.HOLDFAST_BACKUP_MANAGER_IMAGE, br: env.HOLDFAST_BR_IMAGE },
    work,
  };
}

/** No default: a drill needs room for the whole backup, and whoever runs it knows where that is. */
function workOf(env: z.output<typeof Environment>): WorkerConfig['work'] {
  if (!env.HOLDFAST_ROLES.includes('drill')) return undefined;
  const { HOLDFAST_WORK_DIR: dir, HOLDFAST_WORK_LIMIT: limitBytes } = env;
  if (dir !== undefined) return { dir, limitBytes };
  const expected = 'an absolute path: the role drill leaves its files there';
  throw new InvalidEnvironment(describeProblems([{ path: 'HOLDFAST_WORK_DIR', received: '', expected }]));
}

function problemOf(
  issue: z.core.$ZodIssue,
  environment: Readonly<Record<string, string | undefined>>,
): FieldProblem {
  const path = String(issue.path[0] ?? '');
  const expected = issue.message.replace(/^Invalid (option|input|string): /, '').replace(/^expected /, '');
  return { path, received: environment[path] ?? '', expected };
}
