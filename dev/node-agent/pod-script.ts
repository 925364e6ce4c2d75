import { z } from 'zod';
import { ATTEMPT_LABEL } from '../../src/domain/labels.js';
import { managerArgument } from './manager-arguments.js';
import type { Pod } from './pod.js';

/** On a pod: what happens to it, one entry per attempt. */
export const SCRIPT_ANNOTATION = 'node-agent.holdfast.dev/script';

const ProcessEntry = z.strictObject({
  kind: z.literal('process').default('process'),
  /** What the stand-in of BR does; see dev/br-stand-in. */
  br: z.string().optional(),
  /** How long it takes to do it. */
  brSeconds: z.number().nonnegative().optional(),
  /** The first container is killed like one that ran out of memory, this long after its start. */
  oomKillAfterMs: z.number().nonnegative().optional(),
});
export type ProcessEntry = z.infer<typeof ProcessEntry>;

const ScriptedWrite = z.enum(['Prepare', 'Running', 'Complete', 'Failed']);
export type ScriptedWrite = z.infer<typeof ScriptedWrite>;

const ScriptedEntry = z.strictObject({
  kind: z.literal('scripted'),
  /** Time from the pod's binding to its end. */
  afterMs: z.number().nonnegative().default(0),
  exitCode: z.number().int().min(0).max(255).default(0),
  oomKilled: z.boolean().default(false),
  /** Of the terminated container; default Completed, Error or OOMKilled, as it ended. */
  reason: z.string().optional(),
  /** What the manager in the pod writes to its Backup or Restore, in this order, before the pod ends. */
  crWrites: z.array(ScriptedWrite).default([]),
});
export type ScriptedEntry = z.infer<typeof ScriptedEntry>;

const Script = z.array(z.union([ScriptedEntry, ProcessEntry])).min(1);

/**
 * The entry for a pod (beyond the end: the last entry). Without the annotation: a process with nothing special.
 * @throws ZodError or SyntaxError for an annotation that is no script.
 */
export function scriptEntryFor(pod: Pod): ProcessEntry | ScriptedEntry {
  const text = pod.metadata.annotations[SCRIPT_ANNOTATION];
  if (text === undefined || isProbe(pod)) return { kind: 'process' };
  const entries = Script.parse(JSON.parse(text));
  return entries[entryIndex(pod)] ?? entries.at(-1) ?? { kind: 'process' };
}

/** A probe of the storage carries its Backup's annotations, and is no attempt of it. */
function isProbe({ spec }: Pod): boolean {
  return spec.containers.some(({ args }) => args[0] === 'probe-storage');
}

/**
 * The number of the attempt (label holdfast.dev/attempt, default 0). The Jobs of one replication restore all carry the
 * same annotation: the first entry is for its snapshot, the second for its log, the third for the cleaning up.
 */
function entryIndex(pod: Pod): number {
  if (managerArgument(pod, 'abort') === 'true') return 2;
  const phase = managerArgument(pod, 'replicationPhase');
  if (phase === '1' || phase === '2') return Number(phase) - 1;
  return Number.parseInt(pod.metadata.labels[ATTEMPT_LABEL] ?? '0', 10);
}
