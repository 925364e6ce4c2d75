import { isDeepStrictEqual } from 'node:util';
import { commandOf } from '../../domain/backup/backup-command.js';
import { logJobName } from '../../domain/backup/log-job-name.js';
import { jobOutcome } from '../../domain/kubernetes/job-outcome.js';
import { decide, type SeenBackup } from '../../domain/retry/decide.js';
import type { Decision } from '../../domain/retry/decision.js';
import { operatorOwns } from '../../domain/operator-view.js';
import type { SuperviseBackupInput } from '../../domain/retry/supervise-input.js';
import { readBackup } from '../../kubernetes/backups.js';
import { findJob, podsOfJob } from '../../kubernetes/jobs.js';
import { readOperatorView } from '../../kubernetes/operator-presence.js';
import type { BackupActivityDependencies } from './dependencies.js';

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
  const command = commandOf(backup);
  const job =
    command === undefined
      ? undefined
      : await findJob(deps.api, { namespace: input.namespace, name: logJobName(input.name, command) });
  const running = job !== undefined && jobOutcome(job) === 'running';
  const pods = running ? await podsOfJob(deps.api, job) : undefined;
  return judge(deps, { backup, job, pods, nowMs: deps.now() });
}

/** Only a first Job depends on the operator: who owns it is asked where the answer makes a difference. */
async function judge(
  deps: BackupActivityDependencies,
  read: Omit<SeenBackup, 'operatorPresent'>,
): Promise<JudgedBackup> {
  const alone: SeenBackup = { ...read, operatorPresent: false };
  const beside: SeenBackup = { ...read, operatorPresent: true };
  const decision = decide(alone);
  if (isDeepStrictEqual(decision, decide(beside))) return { seen: alone, decision };
  const view = await readOperatorView(deps.api, deps.operator);
  const seen = operatorOwns(read.backup.metadata.labels, view) ? beside : alone;
  return { seen, decision: decide(seen) };
}
