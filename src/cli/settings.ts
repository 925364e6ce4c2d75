import { delimiter } from 'node:path';
import { z } from 'zod';
import { DEFAULT_API_RETRY, type ApiRetryPolicy } from '../domain/api-retry.js';
import { describeProblems } from '../domain/field-problem.js';
import { parseGoDuration } from '../domain/go-duration.js';
import { BACKUP_MANAGER_IMAGE, type JobImages } from '../kubernetes/job-images.js';
import type { OperatorSetting } from '../kubernetes/operator-presence.js';
import { CliFailure } from './cli-failure.js';
import type { Environment } from './environment.js';
import { EXIT } from './exit-codes.js';

/** What an exported but empty variable says is nothing. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

/** These become parts of workflow ids and names of task queues. */
const Name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._@:-]*$/, 'expected letters, digits and . _ @ : -');

const MAX_API_RETRIES = 1_000;
const EXPECTED_RETRIES = `expected a whole number from 0 to ${MAX_API_RETRIES}`;
const Retries = z
  .string()
  .regex(/^\d+$/, EXPECTED_RETRIES)
  .transform(Number)
  .pipe(z.number().max(MAX_API_RETRIES, EXPECTED_RETRIES));

const BackoffMs = z.string().transform((text, context) => {
  const durationMs = parseGoDuration(text);
  if (durationMs !== undefined && durationMs >= 1) return durationMs;
  context.addIssue({ code: 'custom', message: 'expected a duration, for example 2s or 500ms' });
  return z.NEVER;
});

const Variables = z.object({
  KUBECONFIG: optional(z.string()),
  HOLDFAST_KUBE_CONTEXT: optional(z.string()),
  HOLDFAST_CLUSTER: optional(Name),
  HOLDFAST_TASK_QUEUE: optional(Name),
  HOLDFAST_API_RETRIES: optional(Retries),
  HOLDFAST_API_BACKOFF: optional(BackoffMs),
  HOLDFAST_TIDB_OPERATOR: optional(z.enum(['auto', 'present', 'absent'])),
  HOLDFAST_BACKUP_MANAGER_IMAGE: optional(z.string()),
  HOLDFAST_BR_IMAGE: optional(z.string()),
  HOLDFAST_WORK_DIR: optional(z.string()),
  HOLDFAST_TEMPORAL_UI: optional(
    z.url({ protocol: /^https?$/, error: 'expected a URL, for example http://127.0.0.1:8233' }),
  ),
});

export interface CliSettings {
  /** Path of a kubeconfig; `undefined`: what KUBECONFIG lists, in-cluster, or the user's default. */
  readonly kubeconfig: string | undefined;
  readonly kubeContext: string | undefined;
  /** `undefined`: the context's name. */
  readonly cluster: string | undefined;
  /** Prefix of all task queues. Default: `holdfast`. */
  readonly taskQueue: string;
  readonly operator: OperatorSetting;
  /** Only where this computer is a drill host. */
  readonly workDir: string | undefined;
  /** Of each call to Kubernetes. */
  readonly apiRetry: ApiRetryPolicy;
  /** For what a plan shows; the worker that creates Jobs has settings of its own. */
  readonly images: JobImages;
  /** Root of Temporal's Web UI, without a slash at its end; `undefined`: no links. */
  readonly temporalUi: string | undefined;
  /** Where TEMPORAL_* are read from. */
  readonly environment: Environment;
}

/** @throws CliFailure (2) with every variable that cannot be used and what was received */
export function readSettings(environment: Environment): CliSettings {
  const parsed = Variables.safeParse(environment);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => ({
      path: String(path[0] ?? ''),
      received: environment[String(path[0] ?? '')] ?? '',
      expected: message.replace(/^Invalid \w+: /, '').replace(/^expected /, ''),
    }));
    throw new CliFailure(describeProblems(problems), { exitCode: EXIT.usage });
  }
  const { KUBECONFIG, HOLDFAST_KUBE_CONTEXT, HOLDFAST_CLUSTER, HOLDFAST_TEMPORAL_UI } = parsed.data;
  const { HOLDFAST_API_RETRIES, HOLDFAST_API_BACKOFF } = parsed.data;
  return {
    // A list of files is merged by the client library, which reads it from the environment itself.
    kubeconfig: KUBECONFIG?.includes(delimiter) === true ? undefined : KUBECONFIG,
    kubeContext: HOLDFAST_KUBE_CONTEXT,
    cluster: HOLDFAST_CLUSTER,
    taskQueue: parsed.data.HOLDFAST_TASK_QUEUE ?? 'holdfast',
    operator: parsed.data.HOLDFAST_TIDB_OPERATOR ?? 'auto',
    workDir: parsed.data.HOLDFAST_WORK_DIR,
    apiRetry: {
      ...DEFAULT_API_RETRY,
      ...(HOLDFAST_API_RETRIES !== undefined && { maxRetries: HOLDFAST_API_RETRIES }),
      ...(HOLDFAST_API_BACKOFF !== undefined && { initialBackoffMs: HOLDFAST_API_BACKOFF }),
    },
    images: {
      backupManager: parsed.data.HOLDFAST_BACKUP_MANAGER_IMAGE ?? BACKUP_MANAGER_IMAGE,
      br: parsed.data.HOLDFAST_BR_IMAGE,
    },
    temporalUi: HOLDFAST_TEMPORAL_UI?.replace(/\/+$/, ''),
    environment,
  };
}
