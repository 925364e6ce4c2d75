import { z } from 'zod';
import { BackupStatus } from '../../src/domain/backup/backup.js';
import {
  logStatusPatch,
  statusWithLogCondition,
  type LogConditionType,
  type LogStatusFields,
} from '../../src/domain/backup/log-status.js';
import type { BackupCommand } from '../../src/domain/backup/backup-command.js';
import { LogSubcommand } from '../../src/domain/backup/log-subcommand.js';
import { hasStatus, isTransient, mergePatch } from './kube-client.js';
import { pause } from './pause.js';
import { failureText, type PodHost } from './pod-host.js';
import { podName, type Pod } from './pod.js';
import { kubeTime } from './pod-status.js';

const MAX_CONFLICTS = 20;
/** As long as the manager in a real pod goes on while the API server is away. */
const PATIENCE_MS = 60_000;
const AGAIN_AFTER_MS = 250;

const WrittenBackup = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  status: BackupStatus.default({}),
});

interface BackupWrite {
  host: PodHost;
  pod: Pod;
  type: LogConditionType;
}

/**
 * Writes one condition to the Backup that the pod's arguments name, as the manager in a real pod does, but with the
 * agent's own rights. A Backup that is gone is told and left: the pod's script goes on.
 */
export async function writeBackupCondition({ host, pod, type }: BackupWrite): Promise<void> {
  const target = targetOf(pod);
  if (target === undefined) {
    host.say({ msg: 'scripted pod names no Backup in its arguments', pod: podName(pod) });
    return;
  }
  const untilMs = Date.now() + PATIENCE_MS;
  let conflicts = 0;
  while (conflicts <= MAX_CONFLICTS) {
    try {
      await writeOnce(host, { ...target, type });
      return;
    } catch (failure) {
      if (hasStatus(failure, 409)) {
        conflicts += 1;
        continue;
      }
      if (isTransient(failure) && Date.now() < untilMs) {
        await pause(AGAIN_AFTER_MS, new AbortController().signal);
        continue;
      }
      host.say({ msg: 'cannot write the Backup', pod: podName(pod), error: failureText(failure) });
      return;
    }
  }
  host.say({ msg: 'cannot write the Backup: too many conflicts', pod: podName(pod) });
}

interface Target {
  path: string;
  command: BackupCommand;
}

/** From the arguments of the manager: `--namespace=… --backupName=… --subcommand=…`. */
function targetOf(pod: Pod): Target | undefined {
  const args = pod.spec.containers.flatMap((container) => container.args);
  const argument = (name: string) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  const name = argument('backupName');
  if (name === undefined) return undefined;
  const namespace = argument('namespace') ?? pod.metadata.namespace;
  const command =
    argument('mode') === 'snapshot'
      ? 'snapshot'
      : LogSubcommand.catch('log-start').parse(argument('subcommand'));
  return { path: `/apis/pingcap.com/v1alpha1/namespaces/${namespace}/backups/${name}`, command };
}

async function writeOnce(
  host: PodHost,
  { path, command, type }: Target & { type: LogConditionType },
): Promise<void> {
  const backup = WrittenBackup.parse(await host.client.call({ method: 'GET', path }));
  const moment = new Date();
  const now = kubeTime(moment);
  const status = statusWithLogCondition(backup.status, {
    command,
    type,
    now,
    ...(type === 'Failed' ? { reason: 'StartLogBackupFailed', message: 'scripted failure of the pod' } : {}),
    ...(type === 'Complete' ? { fields: completeFields(moment) } : {}),
  });
  await host.client.call({
    method: 'PATCH',
    path,
    body: {
      metadata: { resourceVersion: backup.metadata.resourceVersion },
      status: logStatusPatch(backup.status, status),
    },
    contentType: mergePatch,
  });
}

/** The commit TS is a TSO: milliseconds above 18 bits of counter. */
function completeFields(moment: Date): LogStatusFields {
  const now = kubeTime(moment);
  return { commitTs: (BigInt(moment.getTime()) << 18n).toString(), timeStarted: now, timeCompleted: now };
}
