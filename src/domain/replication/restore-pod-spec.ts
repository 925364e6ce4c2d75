import type { LogJobSpec } from '../backup/log-job-spec.js';
import type { Restore } from './restore.js';
import { RestoreJobSpec } from './restore-job-spec.js';

/**
 * What a Restore's spec says about the pods of its Jobs, under the names that a Backup has for it. Credentials and
 * region are those of the log's storage, also for the snapshot: BR takes one set of them.
 * @throws ZodError for a spec in which `restoreProblems` finds something
 */
export function restorePodSpec({ spec }: Restore): LogJobSpec {
  const { to, ...rest } = RestoreJobSpec.parse(spec);
  return { ...rest, from: to };
}
