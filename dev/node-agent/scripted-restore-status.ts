import { finishedRestoreStatus } from '../../src/backup-manager/finished-restore.js';
import { mergePatchOf } from '../../src/domain/merge-patch.js';
import { RestoreStatus } from '../../src/domain/replication/restore.js';
import {
  statusWithRestoreCondition,
  type RestoreConditionType,
} from '../../src/domain/replication/restore-status.js';
import { managerArgument } from './manager-arguments.js';
import type { Pod } from './pod.js';
import { kubeTime } from './pod-status.js';
import type { ScriptedWrite } from './pod-script.js';

/** What the manager in this pod would write to its Restore; `undefined` where it would write nothing. */
export function scriptedRestorePatch(
  pod: Pod,
  { type, before, moment }: { type: ScriptedWrite; before: unknown; moment: Date },
): Record<string, unknown> | undefined {
  if (type === 'Prepare' || managerArgument(pod, 'replicationPhase') === '1') return undefined;
  const isAbort = managerArgument(pod, 'abort') === 'true';
  const status = RestoreStatus.parse(before ?? {});
  const nowMs = moment.getTime();
  const conditionType: RestoreConditionType = isAbort ? `Prune${type}` : type;
  const after =
    conditionType === 'Complete'
      ? finishedRestoreStatus(status, {
          commitTs: (BigInt(nowMs) << 18n).toString(),
          startedMs: nowMs,
          endedMs: nowMs,
        })
      : statusWithRestoreCondition(status, {
          type: conditionType,
          now: kubeTime(moment),
          ...reasonOf(conditionType),
        });
  return mergePatchOf(status, after);
}

function reasonOf(type: RestoreConditionType): { reason?: string; message?: string } {
  if (type === 'Failed')
    return { reason: 'RestoreDataFromRemoteFailed', message: 'scripted failure of the pod' };
  return type === 'PruneFailed' ? { reason: 'BRAbortFailed', message: 'scripted failure of the pod' } : {};
}
