import { setTimeout as delay } from 'node:timers/promises';
import {
  backupOfWorkflowId,
  backupWorkflowId,
  restoreOfWorkflowId,
  restoreWorkflowId,
  type ObjectIdentity,
} from '../../domain/names.js';
import { ENDLESS_API_RETRY } from '../../domain/api-retry.js';
import { operatorOwns, type OperatorView } from '../../domain/operator-view.js';
import type { RunReplicationRestoreInput } from '../../domain/replication/restore-input.js';
import type { SuperviseBackupInput } from '../../domain/retry/supervise-input.js';
import type { WatchClusterInput } from '../../domain/watch-input.js';
import { readOperatorView } from '../../kubernetes/operator-presence.js';
import { retriedCall } from '../../kubernetes/retried-call.js';
import { createBackupView, type BackupView } from './backup-view.js';
import type { WatchDependencies, WatchObserver } from './dependencies.js';
import { createNudger } from './nudger.js';
import { createRestoreView, type RestoreView } from './restore-view.js';

const COMPARE_RETRY_MS = 1_000;
/** Deadlines are minutes; one timer serves them all. */
const LOOK_AGAIN_MS = 1_000;

export interface Comparison {
  readonly view: BackupView;
  readonly restores: RestoreView;
  /** After a list: CRs, Jobs, incidents and open workflows side by side. Resolves when done, or when told to end. */
  compare(): Promise<void>;
}

interface Target {
  readonly input: SuperviseBackupInput;
  /** Something is to be recorded before the workflow hears of it. */
  readonly failed: boolean;
}

interface RestoreTarget {
  readonly input: RunReplicationRestoreInput;
  /** Only an open workflow has to hear of it where this is false. */
  readonly start: boolean;
}

interface ComparisonOptions {
  readonly input: WatchClusterInput;
  readonly observer: WatchObserver;
  readonly signal: AbortSignal;
}

/** What the watch has seen, and the nudges that follow from it. */
export function createComparison(
  deps: WatchDependencies,
  { input: { cluster, clusterUid }, observer, signal }: ComparisonOptions,
): Comparison {
  // Until the first look everything is taken to be TiDB Operator's: nothing is created that it might create too.
  let operator: OperatorView = { present: true, hides: () => false };
  let openWorkflows: ReadonlySet<string> = new Set();
  const nudger = createNudger<Target>({
    deliver: (target) => deliver(deps, { target, observer }),
    onFailure: observer.failed,
    signal,
  });
  const nudge = ({ namespace, name, uid }: ObjectIdentity, failed = false): void => {
    const target = { input: { cluster, clusterUid, namespace, name, uid }, failed };
    nudger.nudge(backupWorkflowId({ namespace, name, uid }), target);
  };
  const view = createBackupView({
    onAttention: ({ metadata }, { toRecord }) => nudge(metadata, toRecord),
    operatorOwns: ({ metadata }) => operatorOwns(metadata.labels, operator),
    hasWorkflow: ({ metadata }) => openWorkflows.has(backupWorkflowId(metadata)),
    now: deps.now,
    onChange: observer.backupChanged,
    onJobGone: deps.deletions.gone,
  });
  const restoreNudger = createNudger<RestoreTarget>({
    deliver: ({ input, start }) => deps.workflows.nudgeRestore(input, { start }),
    onFailure: observer.failed,
    signal,
  });
  const nudgeRestore = ({ namespace, name, uid }: ObjectIdentity, { start }: { start: boolean }): void => {
    const target = { input: { cluster, clusterUid, namespace, name, uid }, start };
    restoreNudger.nudge(restoreWorkflowId({ namespace, name, uid }), target);
  };
  const restores = createRestoreView({
    onAttention: nudgeRestore,
    hasWorkflow: (restore) => openWorkflows.has(restoreWorkflowId(restore)),
    onJobGone: deps.deletions.gone,
    onUnknownCompaction: observer.compactionUnknown,
    onChange: observer.restoreChanged,
    now: deps.now,
  });
  const ticking = setInterval(() => {
    if (signal.aborted) clearInterval(ticking);
    else view.lookAgain();
  }, LOOK_AGAIN_MS).unref();
  const compare = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        operator = await lookForOperator(deps, { observer, signal });
        openWorkflows = await deps.workflows.openWorkflowIds(cluster);
        view.compareAll();
        restores.compareAll();
        const orphansOf = (identify: IdentityOf, known: Pick<BackupView, 'knows'>): ObjectIdentity[] =>
          withoutObject(openWorkflows, { identify, known, deps });
        for (const orphan of orphansOf(backupOfWorkflowId, view)) nudge(orphan);
        for (const orphan of orphansOf(restoreOfWorkflowId, restores)) nudgeRestore(orphan, { start: false });
        return;
      } catch (failure) {
        observer.failed('compare after a list', failure);
        await delay(COMPARE_RETRY_MS);
      }
    }
  };
  return { view, restores, compare };
}

/** The watch's own call: no activity is repeated for it. */
async function lookForOperator(
  { api, operator }: WatchDependencies,
  { observer, signal }: Pick<ComparisonOptions, 'observer' | 'signal'>,
): Promise<OperatorView> {
  const call = {
    operation: 'look for TiDB Operator',
    policy: ENDLESS_API_RETRY,
    observer: observer.calls,
    signal,
  };
  return (await retriedCall(call, () => readOperatorView(api, operator))).value;
}

/** A failure is recorded first; where that does not succeed, the workflow does it, with the patience of an activity. */
async function deliver(
  { recordFailure, workflows }: WatchDependencies,
  { target: { input, failed }, observer }: { target: Target; observer: WatchObserver },
): Promise<void> {
  const review = failed
    ? await recordFailure(input).catch((failure: unknown) => {
        observer.failed(`record the failure of ${input.namespace}/${input.name}`, failure);
        return undefined;
      })
    : undefined;
  await workflows.nudge(input, review);
}

type IdentityOf = (workflowId: string) => ObjectIdentity | undefined;

interface OrphanQuestion {
  readonly identify: IdentityOf;
  readonly known: Pick<BackupView, 'knows'>;
  readonly deps: WatchDependencies;
}

/** Open workflows whose object was deleted while nobody watched: they may wait for a Job that never comes. */
function withoutObject(
  openWorkflows: ReadonlySet<string>,
  { identify, known, deps }: OrphanQuestion,
): ObjectIdentity[] {
  return [...openWorkflows]
    .map(identify)
    .filter((object) => object !== undefined)
    .filter(({ namespace }) => deps.namespaces?.includes(namespace) ?? true)
    .filter((object) => !known.knows(object));
}
