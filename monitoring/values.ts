import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { prometheusDuration as duration, secondsOf } from './prometheus-duration.js';

export const environments = ['development', 'staging', 'production'] as const;
export type Environment = (typeof environments)[number];

const count = z.int().min(1);
const share = z.number().gt(0).lt(1);
const text = z.string().min(1);
/** It becomes part of a matcher: a regular expression would match others too. */
const labelValue = z.string().regex(/^[A-Za-z0-9][\w.-]*$/, 'a name of letters, digits, "-", "_" and "."');

/** Phases in which a Restore goes on. In the others (failed, invalid, pruned) it does not. */
const stuckAfter = z.strictObject({
  NotStarted: duration,
  Scheduled: duration,
  SnapshotRestore: duration,
  WaitingForCompaction: duration,
  LogRestore: duration,
  Running: duration,
  PruneScheduled: duration,
  PruneRunning: duration,
  Other: duration,
});

/** What each value means, and its unit, stands in `values.yaml`. */
const ruleFields = z.strictObject({
  runbookBaseUrl: z.url(),
  clusters: z.array(labelValue),
  keepFiringFor: duration,
  logBackup: z.strictObject({
    highRetriesPerHour: count,
    lowSuccessShare: share,
    lowSuccessFromRetries: count,
    persistentAfter: duration,
    noProgressAfter: duration,
  }),
  watch: z.strictObject({
    absentFor: duration,
    staleAfter: duration,
    restartWindow: duration,
    restarts: count,
  }),
  restore: z.strictObject({ stuckAfter, waitingAfter: duration }),
  drill: z.strictObject({
    expected: z.boolean(),
    verifiedWithin: duration,
    verifiedWithinOfPlan: z.record(labelValue, duration),
    sizeDroppedBelow: share,
    missedWindow: duration,
    missedGrace: duration,
    pausedFor: duration,
    observerAbsentFor: duration,
  }),
  api: z.strictObject({ troubleShare: share, troubleFromRequests: count, troubleFor: duration }),
  tidb: z.strictObject({ lagAfter: duration, pausedAfter: duration }),
});

const ruleValues = ruleFields.refine(
  ({ keepFiringFor, watch }) => secondsOf(keepFiringFor) > secondsOf(watch.absentFor),
  // Else Alertmanager hears that the alerts ended before it hears that nobody watches.
  { path: ['keepFiringFor'], message: 'longer than watch.absentFor' },
);

const alertmanagerValues = z.strictObject({
  groupWait: duration,
  groupInterval: duration,
  repeatInterval: duration,
  slack: z.strictObject({
    apiUrlFile: text,
    channels: z.strictObject({ logBackup: text, verification: text, holdfast: text }),
  }),
  email: z.strictObject({
    to: text,
    from: text,
    smarthost: text,
    requireTls: z.boolean(),
    auth: z.strictObject({ username: text, passwordFile: text }).nullable(),
  }),
  pagerDuty: z.strictObject({ url: z.url(), routingKeyFile: text }).nullable(),
  webhook: z.strictObject({ url: z.url(), credentialsFile: text.nullable() }).nullable(),
  deadMan: z.strictObject({ url: z.url(), repeatInterval: duration }).nullable(),
});

const monitoringValues = z.strictObject({ rules: ruleValues, alertmanager: alertmanagerValues });

export type RuleValues = z.infer<typeof ruleValues>;
export type AlertmanagerValues = z.infer<typeof alertmanagerValues>;
export type MonitoringValues = z.infer<typeof monitoringValues>;

const valuesFile = new URL('values.yaml', import.meta.url);

/** @throws Error naming every value of `values.yaml` that is wrong, with what it should be */
export async function readValues(environment: Environment): Promise<MonitoringValues> {
  return parseValues(await readFile(valuesFile, 'utf8'), environment);
}

/** @throws Error as `readValues` */
export function parseValues(yaml: string, environment: Environment): MonitoringValues {
  const parsed = monitoringValues.safeParse(inEnvironment(parse(yaml), environment));
  if (parsed.success) return parsed.data;
  throw new Error(`values.yaml, ${environment}:\n${z.prettifyError(parsed.error)}`);
}

/** Takes the value of this environment out of every map whose keys are environments. */
function inEnvironment(value: unknown, environment: Environment): unknown {
  if (Array.isArray(value)) return value.map((item) => inEnvironment(item, environment));
  if (typeof value !== 'object' || value === null) return value;
  const fields = new Map<string, unknown>(Object.entries(value));
  const names: readonly string[] = environments;
  if (fields.size > 0 && [...fields.keys()].every((key) => names.includes(key))) {
    return inEnvironment(fields.get(environment), environment);
  }
  return Object.fromEntries([...fields].map(([key, field]) => [key, inEnvironment(field, environment)]));
}
