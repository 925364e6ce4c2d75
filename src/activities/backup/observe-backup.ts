import { currentSubcommand } from '../../domain/backup/current-subcommand.js';
import { logJobName } from '../../domain/backup/log-job-name.js';
import { decide, type SeenBackup } from '../../domain/retry/decide.js';
import type { Decision } from '../../domain/retry/decision.js';
import { readIncident } from '../../domain/retry/read-incident.js';
import type { SuperviseBackupInput } from '../../domain/retry/supervise-input.js';
import { isConflict } from '../../kubernetes/api-failure.js';
import { readBackup } from '../../kubernetes/backups.js';
import { findJob } from '../../kubernetes/jobs.js';
import { isOperatorPresent } from '../../kubernetes/operator-presence.js';
import type { BackupActivityDependencies } from './dependencies.js';

/** Another writer wins at most this often before the activity's own retry waits a little. */
const MAX_CONFLICTS = 5;

/** Live objects and what the domain says about them; `undefined` when this Backup is gone. */
export interface JudgedBackup {
  readonly seen: SeenBackup;
  readonly decision: Decision;
}

export async function judgeBackup(
  deps: BackupActivityDependencies,
  input: SuperviseBackupInput,
): Promise<JudgedBackup | undefined> {
  const backup = await readBackup(deps.api, input);
  if (backup?.metadata.uid !== input.uid) return undefined;
  const command = currentSubcommand(backup);
  const job =
    command === undefined
      ? undefined
      : await findJob(deps.api, { namespace: input.namespace, name: logJobName(input.name, command) });
  // Only a first Job depends on the operator; a gap inside one of our restarts is not one.
  const firstRun = job === undefined && readIncident(backup)?.state !== 'open';
  const operatorPresent = firstRun && (await isOperatorPresent(deps.api, deps.operator));
  const seen: SeenBackup = { backup, job, operatorPresent, nowMs: deps.now() };
  return { seen, decision: decide(seen) };
}

/** Runs a step that ends in one write; when another writer was faster, reads and decides again. */
export async function onFreshRead<Result>(step: () => Promise<Result>): Promise<Result> {
  for (let conflicts = 0; ; conflicts += 1) {
    try {
      return await step();
    } catch (failure) {
      if (!isConflict(failure) || conflicts >= MAX_CONFLICTS) throw failure;
    }
  }
}
