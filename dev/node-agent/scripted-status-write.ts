import { z } from 'zod';
import { BackupStatus } from '../../src/domain/backup/backup.js';
import {
  logStatusPatch,
  statusWithLogCondition,
  type LogStatusFields,
} from '../../src/domain/backup/log-status.js';
import { LogSubcommand } from '../../src/domain/backup/log-subcommand.js';
import { hasStatus, isTransient, mergePatch } from './kube-client.js';
import { managerArgument } from './manager-arguments.js';
import { pause } from './pause.js';
import { failureText, type PodHost } from './pod-host.js';
import type { ScriptedWrite } from './pod-script.js';
import { podName, type Pod } from './pod.js';
import { kubeTime } from './pod-status.js';
import { scriptedRestorePatch } from './scripted-restore-status.js';

const MAX_CONFLICTS = 20;
/** As long as the manager in a real pod goes on while the API server is away. */
const PATIENCE_MS = 60_000;
const AGAIN_AFTER_MS = 250;

const WrittenObject = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  status: z.unknown().optional(),
});

interface StatusWrite {
  host: PodHost;
  pod: Pod;
  type: ScriptedWrite;
}

/**
 * Writes one condition to the Backup or Restore that the pod's arguments name, as the manager in a real pod does, but
 * with the agent's own rights. An object that is gone is told and left: the pod's script goes on.
 */
export async function writeScriptedCondition({ host, pod, type }: StatusWrite): Promise<void> {
  const target = targetOf(pod);
  if (target === undefined) {
    host.say({ msg: 'scripted pod names no Backup and no Restore in its arguments', pod: podName(pod) });
    return;
  }
  const untilMs = Date.now() + PATIENCE_MS;
  let conflicts = 0;
  while (conflicts <= MAX_CONFLICTS) {
    try {
      await writeOnce(host, { ...target, pod, type });
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
      host.say({ msg: 'cannot write the status', pod: podName(pod), error: failureText(failure) });
      return;
    }
  }
  host.say({ msg: 'cannot write the status: too many conflicts', pod: podName(pod) });
}

interface Target {
  path: string;
  /** What changes in the status; `undefined` where the manager writes nothing. */
  patchFor: typeof scriptedRestorePatch;
}

function targetOf(pod: Pod): Target | undefined {
  const namespace = managerArgument(pod, 'namespace') ?? pod.metadata.namespace;
  const folder = `/apis/pingcap.com/v1alpha1/namespaces/${namespace}`;
  const backup = managerArgument(pod, 'backupName');
  if (backup !== undefined) return { path: `${folder}/backups/${backup}`, patchFor: scriptedBackupPatch };
  const restore = managerArgument(pod, 'restoreName');
  return restore === undefined
    ? undefined
    : { path: `${folder}/restores/${restore}`, patchFor: scriptedRestorePatch };
}

async function writeOnce(
  host: PodHost,
  { path, patchFor, pod, type }: Target & { pod: Pod; type: ScriptedWrite },
): Promise<void> {
  const object = WrittenObject.parse(await host.client.call({ method: 'GET', path }));
  const status = patchFor(pod, { type, before: object.status, moment: new Date() });
  if (status === undefined) return;
  const { resourceVersion } = object.metadata;
  await host.client.call({
    method: 'PATCH',
    path,
    body: { metadata: { resourceVersion }, status },
    contentType: mergePatch,
  });
}

function scriptedBackupPatch(
  pod: Pod,
  { type, before, moment }: { type: ScriptedWrite; before: unknown; moment: Date },
): Record<string, unknown> {
  const status = BackupStatus.parse(before ?? {});
  const command =
    managerArgument(pod, 'mode') === 'snapshot'
      ? 'snapshot'
      : LogSubcommand.catch('log-start').parse(managerArgument(pod, 'subcommand'));
  const after = statusWithLogCondition(status, {
    command,
    type,
    now: kubeTime(moment),
    ...(type === 'Failed' ? { reason: 'StartLogBackupFailed', message: 'scripted failure of the pod' } : {}),
    ...(type === 'Complete' ? { fields: completeFields(moment) } : {}),
  });
  return logStatusPatch(status, after);
}

/** The commit TS is a TSO: milliseconds above 18 bits of counter. */
function completeFields(moment: Date): LogStatusFields {
  const now = kubeTime(moment);
  return { commitTs: (BigInt(moment.getTime()) << 18n).toString(), timeStarted: now, timeCompleted: now };
}
