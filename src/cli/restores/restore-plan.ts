import { describeProblems } from '../../domain/field-problem.js';
import { MANAGED_LABEL } from '../../domain/labels.js';
import type { CompactionVerdict } from '../../domain/replication/gate.js';
import { gateOf, replicationConfigOf, unknownCompactionState } from '../../domain/replication/gate-of.js';
import type { GatePolicy } from '../../domain/replication/gate-policy.js';
import { observeRestoreJob } from '../../domain/replication/observe-restore-job.js';
import { resolveGatePolicy } from '../../domain/replication/read-gate-policy.js';
import type { RestoreDecision } from '../../domain/replication/restore-decision.js';
import { restoreJobName } from '../../domain/replication/restore-job-name.js';
import { restoreProblems } from '../../domain/replication/restore-problems.js';
import { RESTORE_JOB_STEPS, type RestoreJobStep } from '../../domain/replication/restore-step.js';
import type { ObstacleReason, SeenRestore } from '../../domain/replication/seen-restore.js';

/** One question that was asked of the cluster. */
export interface PlanCheck {
  readonly name: string;
  /** `fail` keeps the restore from starting or ends it, `warn` lets it wait or go on with less. */
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly found: string;
}

/** What would run, and what stands in the way. */
export interface RestorePlan {
  readonly restore: string;
  readonly uid: string;
  readonly gatePolicy?: GatePolicy;
  readonly checks: readonly PlanCheck[];
  /** The Jobs in their order, whole; empty where they cannot be built. */
  readonly jobs: readonly { readonly step: RestoreJobStep; readonly job: object }[];
  /** What a worker would do now. */
  readonly nextAction: string;
}

/** The Jobs that a Restore runs through when all goes well. */
export function plannedSteps({ restore }: SeenRestore): RestoreJobStep[] {
  return replicationConfigOf(restore) === undefined ? ['standard'] : ['snapshot-restore', 'log-restore'];
}

/** Whether the log restore may count on a whole compaction, as far as is known. */
export function expectsWholeCompaction(seen: SeenRestore): boolean {
  const { compaction } = gateOf(seen);
  return compaction.kind !== 'settled' || compaction.reason === 'AllShardsComplete';
}

export function gatePolicyOf({ restore, gatePolicy }: SeenRestore): GatePolicy | undefined {
  return replicationConfigOf(restore) === undefined
    ? undefined
    : resolveGatePolicy(restore, gatePolicy).policy;
}

export function planChecks(
  seen: SeenRestore,
  { decision, labelled }: { decision: RestoreDecision; labelled: boolean },
): PlanCheck[] {
  return [
    labelCheck(labelled),
    modeCheck(decision),
    specCheck(seen),
    ...OBSTACLE_CHECKS.map((check) => obstacleCheck(seen, check)),
    ...predecessorChecks(seen),
    ...compactionChecks(seen),
  ];
}

function labelCheck(labelled: boolean): PlanCheck {
  const name = `label ${MANAGED_LABEL}`;
  return labelled
    ? { name, verdict: 'ok', found: 'is set' }
    : { name, verdict: 'warn', found: "is not set: 'holdfast restore start' sets it" };
}

function modeCheck(decision: RestoreDecision): PlanCheck {
  return decision.kind === 'Leave'
    ? { name: 'mode', verdict: 'fail', found: decision.summary }
    : { name: 'mode', verdict: 'ok', found: 'pitr' };
}

function specCheck({ restore }: SeenRestore): PlanCheck {
  const problems = restoreProblems(restore);
  return problems.length === 0
    ? { name: 'spec', verdict: 'ok', found: 'can be used' }
    : { name: 'spec', verdict: 'fail', found: describeProblems(problems) };
}

interface ObstacleCheck {
  readonly name: string;
  readonly reason: ObstacleReason;
  readonly well: string;
}

const OBSTACLE_CHECKS: readonly ObstacleCheck[] = [
  { name: 'TiDB Operator', reason: 'OperatorSeesRestore', well: 'leaves this Restore to Holdfast' },
  { name: 'status', reason: 'StatusSubresource', well: 'is kept when it is written' },
  { name: 'CRD', reason: 'ReplicationConfigPruned', well: 'keeps spec.replicationConfig' },
  { name: 'TidbCluster', reason: 'TidbClusterNotFound', well: 'exists' },
  { name: 'gc.ratio-threshold', reason: 'TikvGateClosed', well: 'is -1' },
  { name: 'Secrets', reason: 'SecretNotFound', well: 'exist, with their keys' },
];

function obstacleCheck({ obstacles = [] }: SeenRestore, { name, reason, well }: ObstacleCheck): PlanCheck {
  const found = obstacles.find((obstacle) => obstacle.reason === reason);
  if (found !== undefined) return { name, verdict: 'fail', found: found.message };
  if (reason === 'TikvGateClosed' && obstacles.some((other) => other.reason === 'TidbClusterNotFound')) {
    return { name, verdict: 'warn', found: 'cannot be seen before the TidbCluster exists' };
  }
  return { name, verdict: 'ok', found: well };
}

function predecessorChecks(seen: SeenRestore): PlanCheck[] {
  return RESTORE_JOB_STEPS.filter((step) => observeRestoreJob(seen, step).state === 'foreign').map(
    (step) => ({
      name: 'Job names',
      verdict: 'warn',
      found: `Job ${restoreJobName(seen.restore.metadata.name, step)} belongs to a deleted predecessor: it has to go first`,
    }),
  );
}

const VERDICT_OF_COMPACTION: Readonly<Record<CompactionVerdict['kind'], PlanCheck['verdict']>> = {
  settled: 'ok',
  pending: 'ok',
  held: 'warn',
  refused: 'fail',
};

function compactionChecks(seen: SeenRestore): PlanCheck[] {
  const config = replicationConfigOf(seen.restore);
  if (config === undefined) return [];
  const { compaction } = gateOf(seen);
  const unknown = unknownCompactionState(seen) !== undefined;
  const partly = compaction.kind === 'settled' && compaction.reason !== 'AllShardsComplete';
  const text = compaction.kind === 'settled' ? compaction.reason : compaction.message;
  return [
    {
      name: `CompactBackup ${config.compactBackupName}`,
      verdict: partly || unknown ? 'warn' : VERDICT_OF_COMPACTION[compaction.kind],
      found: text,
    },
  ];
}
