import { restoreDetails } from '../../domain/replication/restore-details.js';
import type { RestoreCondition } from '../../domain/replication/restore.js';
import { targetClusterOf } from '../../domain/replication/target-cluster.js';
import type { JudgedRestore } from '../../kubernetes/judge-restore.js';
import type { RestoreView } from '../../workflows/restore-messages.js';
import { eventTimeOf, type KubernetesEvent } from '../backups/backup-events.js';
import { summarizeRestore, type RestoreSummary } from './restore-summary.js';

/** What the workflow of a Restore says, as far as it was asked and answered. */
export interface RestoreWorkflowView {
  readonly workflowId: string;
  /** Absent where none is open. */
  readonly runId?: string;
  readonly webUi?: string;
  readonly status?: RestoreView;
}

/** Everything about one Restore. */
export interface RestoreReport {
  readonly restore: RestoreSummary;
  readonly tidbCluster?: string;
  readonly details: readonly string[];
  readonly conditions: readonly RestoreCondition[];
  /** Oldest first. */
  readonly events: readonly {
    readonly at: string;
    readonly type: string;
    readonly reason: string;
    readonly message: string;
  }[];
  readonly workflow: RestoreWorkflowView;
}

export function restoreReport(
  { seen, decision }: JudgedRestore,
  { events, workflow }: { events: readonly KubernetesEvent[]; workflow: RestoreWorkflowView },
): RestoreReport {
  const cluster = targetClusterOf(seen.restore);
  return {
    restore: summarizeRestore(seen, decision),
    ...(cluster !== undefined && { tidbCluster: `${cluster.namespace}/${cluster.name}` }),
    details: restoreDetails(seen),
    conditions: seen.restore.status.conditions ?? [],
    events: events
      .map((event) => {
        const { type, reason, message } = event;
        return { at: eventTimeOf(event), type, reason, message };
      })
      .sort((a, b) => a.at.localeCompare(b.at)),
    workflow,
  };
}
