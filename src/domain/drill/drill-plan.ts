import { z } from 'zod';
import { parseGoDuration } from '../go-duration.js';

/** Lower-case letters, digits and dashes, as Kubernetes names: it becomes part of ids, folders and metrics. */
const Name = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?$/,
    'expected lower-case letters, digits and dashes, at most 53',
  );

const Duration = z
  .string()
  .refine(
    (text) => (parseGoDuration(text) ?? 0) > 0,
    'expected a duration above zero, for example 4h or 15m',
  );

/** A name that goes into object keys: no empty parts, no `..`, no control characters. */
const Prefix = z
  .string()
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  .refine((text) => !/[\u0000-\u001f\u007f\\]/.test(text), 'expected no control characters and no backslash')
  .refine((text) => text === '' || text.endsWith('/'), 'expected a prefix that ends in /')
  .refine(
    (text) => !text.split('/').includes('..') && !text.startsWith('/'),
    'expected no leading / and no ..',
  );

/** Where a secret lies: never its value. Read by the drill host, when it needs it. */
const SecretReference = z.union([
  z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) }),
  z.strictObject({ file: z.string().startsWith('/') }),
]);

const ObjectStore = z.strictObject({
  /** Absent: AWS' own for the region. */
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  region: z.string().min(1).default('us-east-1'),
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'expected the name of a bucket'),
  prefix: Prefix,
  /** Absent: the SDK's default chain (environment, web identity, instance profile). */
  credentials: z.strictObject({ accessKeyId: SecretReference, secretAccessKey: SecretReference }).optional(),
  /** Objects under one host name per bucket (AWS), or under the endpoint's path. */
  pathStyle: z.boolean().default(true),
});

const Selection = z.union([
  z.enum(['latest', 'newest-unverified', 'every-new']),
  /** One of those not older than this, drawn anew each time. */
  z.strictObject({ random: z.strictObject({ within: Duration }) }),
  z.strictObject({ backup: z.string().min(1) }),
]);

const Query = z.strictObject({
  name: Name,
  sql: z.string().min(1).max(10_000),
  /** The one value, or the rows, as text: what a person would see in the client. */
  expect: z.union([z.string(), z.array(z.array(z.string().nullable()))]),
});

const Schedule = z.strictObject({
  /** Five fields, as crontab(5). */
  cron: z.string().min(1),
  timeZone: z.string().default('UTC'),
  jitter: Duration.optional(),
  catchUpWindow: Duration.default('24h'),
  paused: z.boolean().default(false),
});

/** What is drilled, how, how often and by which limits. `holdfast apply -f` takes it as YAML. */
export const DrillPlan = z.strictObject({
  kind: z.literal('DrillPlan'),
  name: Name,
  /** Where the backups lie: one folder below `prefix` for each, see docs/restore-drills-layout.md. */
  store: ObjectStore,
  /** Where verdicts are kept; absent: `_holdfast/` under the store's prefix. */
  ledger: ObjectStore.optional(),
  layout: z.enum(['directory', 'stream', 'xbcloud']),
  compression: z.enum(['none', 'zstd']).default('none'),
  selection: Selection.default('latest'),
  /** Goes on after a failed rung where that is possible, for all the evidence there is. */
  collectAll: z.boolean().default(false),
  required: z
    .strictObject({
      schemas: z.array(z.string().min(1)).default([]),
      /** `schema.table`. */
      tables: z.array(z.string().regex(/^[^.]+\..+$/)).default([]),
    })
    .prefault({}),
  /** The size of a backup may drop to this share of the median of the plan's last ones; below it is a failure. */
  minSizeRatio: z.number().min(0).max(1).default(0.5),
  pitr: z
    .strictObject({
      /** Folder of the binary logs, below the bucket. */
      prefix: Prefix,
      /** Replayed to the newest that is there, or to this. */
      target: z.union([z.literal('newest'), z.strictObject({ gtid: z.string().min(1) })]).default('newest'),
    })
    .optional(),
  /** Whether a baseline beside the backup must be there; absent ones are only compared where they exist. */
  baselineRequired: z.boolean().default(false),
  /**
   * Writes `manifest.sha256` beside a backup that has none, once a drill passed every rung and a baseline from backup
   * time proved the content. Needs credentials that may write there; not with `collectAll`, and never in a self-test.
   */
  writeMissingManifest: z.boolean().default(false),
  queries: z.array(Query).max(100).default([]),
  targets: z.strictObject({ rto: Duration.default('4h'), rpo: Duration.default('15m') }).prefault({}),
  schedule: Schedule.optional(),
  limits: z
    .strictObject({
      /** Of the work folder, bytes; absent: what HOLDFAST_WORK_LIMIT leaves. */
      workBytes: z.number().int().positive().optional(),
      objects: z.number().int().positive().default(200_000),
      /** Deadline of one run of a tool. */
      toolTimeout: Duration.default('6h'),
    })
    .prefault({}),
});

/** As written, defaults left out. */
export type DrillPlanSource = z.input<typeof DrillPlan>;
/** As used. */
export type DrillPlan = z.output<typeof DrillPlan>;
export type StoreLocation = DrillPlan['store'];
