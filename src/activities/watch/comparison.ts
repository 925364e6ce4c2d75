import { setTimeout as delay } from 'node:timers/promises';
import { backupOfWorkflowId, backupWorkflowId, type ObjectIdentity } from '../../domain/names.js';
import { operatorOwns, type OperatorView } from '../../domain/operator-view.js';
import type { SuperviseBackupInput } from '../../domain/retry/supervise-input.js';
import type { WatchClusterInput } from '../../domain/watch-input.js';
import { readOperatorView } from '../../kubernetes/operator-presence.js';
import { createBackupView, type BackupView } from './backup-view.js';
import type { WatchDependencies, WatchObserver } from './dependencies.js';
import { createNudger } from './nudger.js';

const COMPARE_RETRY_MS = 1_000;
/** Deadlines are minutes; one timer serves them all. */
const LOOK_AGAIN_MS = 1_000;

export interface Comparison {
  readonly view: BackupView;
  /** After a list: CRs, Jobs, incidents and open workflows side by side. Resolves when done, or when told to end. */
  compare(): Promise<void>;
}

interface Target {
  readonly input: SuperviseBackupInput;
  /** Something is to be recorded before the workflow hears of it. */
  readonly failed: boolean;
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
  const ticking = setInterval(() => {
    if (signal.aborted) clearInterval(ticking);
    else view.lookAgain();
  }, LOOK_AGAIN_MS).unref();
  const compare = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        operator = await readOperatorView(deps.api, deps.operator);
        openWorkflows = await deps.workflows.openWorkflowIds(cluster);
        view.compareAll();
        for (const orphan of withoutBackup(openWorkflows, { view, deps })) nudge(orphan);
        return;
      } catch (failure) {
        observer.failed('compare after a list', failure);
        await delay(COMPARE_RETRY_MS);
      }
    }
  };
  return { view, compare };
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

/** Open workflows whose Backup was deleted while nobody watched: they may wait for a Job that never comes. */
function withoutBackup(
  openWorkflows: ReadonlySet<string>,
  { view, deps }: { view: BackupView; deps: WatchDependencies },
): ObjectIdentity[] {
  return [...openWorkflows]
    .map(backupOfWorkflowId)
    .filter((backup) => backup !== undefined)
    .filter(({ namespace }) => deps.namespaces?.includes(namespace) ?? true)
    .filter((backup) => !view.knows(backup));
}
