import { parseGoDuration, shortDuration } from '../go-duration.js';
import { RETRY_ANNOTATION } from '../labels.js';
import type { Backup } from '../backup/backup.js';
import { backupModeOf } from '../backup/mode.js';
import type { FieldProblem } from '../field-problem.js';

/** What a Backup asks for, defaults filled in. */
export interface RetryPolicy {
  readonly enabled: boolean;
  /** Retries of one incident. */
  readonly maxRetryTimes: number;
  /** Base of the exponential backoff. */
  readonly minRetryDurationMs: number;
  /** From the first failure of the incident to the last moment at which a retry may start. */
  readonly retryTimeoutMs: number;
}

export type ResolvedPolicy =
  | { readonly policy: RetryPolicy; readonly problems?: never }
  | { readonly problems: readonly FieldProblem[]; readonly policy?: never };

const DEFAULTS_OF_LOG = {
  maxRetryTimes: 5,
  minRetryDurationMs: 30_000,
  retryTimeoutMs: 1_800_000,
} as const;

/** As TiDB Operator's CRD has them. */
const DEFAULTS_OF_SNAPSHOT = {
  maxRetryTimes: 2,
  minRetryDurationMs: 300_000,
  retryTimeoutMs: 1_800_000,
} as const;

/**
 * What a stock CRD and any Go writer turn "nothing" into (facts: defaults 2, 300s, 30m): for a log backup exactly
 * this triple counts as unset.
 * Source: https://github.com/pingcap/tidb-operator/blob/0045b1213/pkg/apis/pingcap/v1alpha1/types.go
 */
const STOCK_TRIPLE = DEFAULTS_OF_SNAPSHOT;

const PATH = 'spec.backoffRetryPolicy';

/**
 * The retry policy of a Backup. A log backup is retried only where somebody asked for it, a snapshot always, as by TiDB
 * Operator, unless it says `maxRetryTimes: 0`.
 */
export function resolveLogRetryPolicy(backup: Backup): ResolvedPolicy {
  const { problems, maxRetryTimes, minRetryDurationMs, retryTimeoutMs, given } = readPolicy(
    backup.spec.backoffRetryPolicy,
  );
  const override = backup.metadata.annotations?.[RETRY_ANNOTATION];
  if (override !== undefined && override !== 'enabled' && override !== 'disabled') {
    problems.push({
      path: `metadata.annotations['${RETRY_ANNOTATION}']`,
      received: override,
      expected: 'enabled or disabled',
    });
  }
  if (problems.length > 0) return { problems };
  const stock =
    maxRetryTimes === STOCK_TRIPLE.maxRetryTimes &&
    minRetryDurationMs === STOCK_TRIPLE.minRetryDurationMs &&
    retryTimeoutMs === STOCK_TRIPLE.retryTimeoutMs;
  const mode = backupModeOf(backup.spec);
  const isSnapshot = 'mode' in mode && mode.mode === 'snapshot';
  const defaults = isSnapshot ? DEFAULTS_OF_SNAPSHOT : DEFAULTS_OF_LOG;
  const asked = isSnapshot ? maxRetryTimes !== 0 : given && maxRetryTimes !== 0 && !stock;
  const forced = override === 'enabled';
  return {
    policy: {
      enabled: override === 'disabled' ? false : forced || asked,
      // 0 says "disabled"; where the annotation says "enabled", it says nothing about how often.
      maxRetryTimes: maxRetryTimes || defaults.maxRetryTimes,
      minRetryDurationMs: minRetryDurationMs ?? defaults.minRetryDurationMs,
      retryTimeoutMs: retryTimeoutMs ?? defaults.retryTimeoutMs,
    },
  };
}

function readPolicy(raw: unknown) {
  const problems: FieldProblem[] = [];
  const given = raw !== undefined && raw !== null;
  if (given && (typeof raw !== 'object' || Array.isArray(raw))) {
    problems.push({ path: PATH, received: JSON.stringify(raw), expected: 'an object' });
  }
  const fields = new Map(given && typeof raw === 'object' ? Object.entries(raw) : []);
  return {
    problems,
    given,
    maxRetryTimes: readCount(fields.get('maxRetryTimes'), problems),
    minRetryDurationMs: readDuration('minRetryDuration', fields.get('minRetryDuration'), problems),
    retryTimeoutMs: readDuration('retryTimeout', fields.get('retryTimeout'), problems),
  };
}

function readCount(value: unknown, problems: FieldProblem[]): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  problems.push({
    path: `${PATH}.maxRetryTimes`,
    received: JSON.stringify(value),
    expected: 'a whole number, 0 (disabled) or more',
  });
  return undefined;
}

function readDuration(field: string, value: unknown, problems: FieldProblem[]): number | undefined {
  if (value === undefined || value === null) return undefined;
  const durationMs = typeof value === 'string' ? parseGoDuration(value) : undefined;
  if (durationMs !== undefined && durationMs > 0) return durationMs;
  problems.push({
    path: `${PATH}.${field}`,
    received: typeof value === 'string' ? value : JSON.stringify(value),
    expected: 'a positive Go duration such as 30s, 5m or 1h30m',
  });
  return undefined;
}

/** For people: `5 retries from 30s, within 2h`. */
export function describePolicy({
  enabled,
  maxRetryTimes,
  minRetryDurationMs,
  retryTimeoutMs,
}: RetryPolicy): string {
  if (!enabled) return 'retry disabled';
  return `${maxRetryTimes} retries from ${shortDuration(minRetryDurationMs)}, within ${shortDuration(retryTimeoutMs)}`;
}
