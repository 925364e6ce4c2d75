import { logJobProblems, schemaProblems, timestampProblems } from '../backup/log-job-problems.js';
import type { FieldProblem } from '../field-problem.js';
import { parseGoDuration } from '../go-duration.js';
import { selectStorage } from '../storage-location.js';
import { resolveGatePolicy } from './read-gate-policy.js';
import type { Restore } from './restore.js';
import { RestoreJobSpec, type ReplicationConfig } from './restore-job-spec.js';

/** What keeps Jobs from being built from this Restore; empty where nothing does. Its mode is judged elsewhere. */
export function restoreProblems(restore: Restore): FieldProblem[] {
  const parsed = RestoreJobSpec.safeParse(restore.spec);
  if (!parsed.success) return schemaProblems(restore.spec, parsed.error);
  const { pitrRestoredTs, logRestoreStartTs, replicationConfig } = parsed.data;
  return [
    ...logJobProblems(restore.spec),
    ...timestampProblems({ pitrRestoredTs, logRestoreStartTs }),
    ...startProblems(parsed.data),
    ...(replicationConfig == null ? [] : replicationProblems(replicationConfig)),
    ...resolveGatePolicy(restore).problems,
  ];
}

/** The log is applied to a snapshot, or from a point in time on: one of both, as TiDB Operator asks. */
function startProblems(spec: RestoreJobSpec): FieldProblem[] {
  const path = 'spec.pitrFullBackupStorageProvider';
  const { pitrFullBackupStorageProvider: provider, logRestoreStartTs = '' } = spec;
  const hasSnapshot = provider != null && selectStorage(provider) !== undefined;
  if (hasSnapshot === (logRestoreStartTs !== '')) {
    const received = hasSnapshot ? `a storage block, and spec.logRestoreStartTs ${logRestoreStartTs}` : '';
    return [{ path, received, expected: 'either a storage block here, or spec.logRestoreStartTs' }];
  }
  if (!hasSnapshot) return [];
  // The cluster is judged with the rest of the spec.
  return logJobProblems({ ...provider, br: { cluster: 'any' } }).map((problem) => ({
    ...problem,
    path: problem.path.replace(/^spec/, path),
  }));
}

function replicationProblems({ waitTimeout = '' }: ReplicationConfig): FieldProblem[] {
  if (waitTimeout === '' || parseGoDuration(waitTimeout) !== undefined) return [];
  const path = 'spec.replicationConfig.waitTimeout';
  return [{ path, received: waitTimeout, expected: 'a Go duration, for example 30m' }];
}
