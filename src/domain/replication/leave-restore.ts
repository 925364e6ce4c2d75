import { MANAGED_LABEL } from '../labels.js';
import type { RestoreDecision } from './restore-decision.js';
import { restoreModeOf } from './restore-mode.js';
import type { Restore } from './restore.js';

/** Why this Restore is none of our business; `undefined` where it is ours. */
export function leaveRestore({
  metadata,
  spec,
  status,
}: Restore): Extract<RestoreDecision, { kind: 'Leave' }> | undefined {
  if (metadata.labels?.[MANAGED_LABEL] !== 'true') {
    const summary = `the Restore is not labelled ${MANAGED_LABEL}: "true"`;
    return { kind: 'Leave', reason: 'NotManaged', summary };
  }
  const mode = restoreModeOf(spec);
  // What has begun as a point-in-time restore stays ours, whatever its spec became.
  if ('problem' in mode || mode.mode === 'pitr' || (status.replicationStep ?? '') !== '') return undefined;
  const summary = `the Restore is no point-in-time restore (${mode.mode})`;
  return { kind: 'Leave', reason: 'NotPitr', summary };
}
