import { MANAGED_LABEL } from '../../domain/labels.js';
import type { Restore } from '../../domain/replication/restore.js';
import { restoreCrd } from '../../kubernetes/restore-crd.js';
import { readRestore } from '../../kubernetes/restores.js';
import type { RestoreSurroundings } from '../../kubernetes/restore-obstacles.js';
import type { BackupName } from '../backup-name.js';
import { CliFailure } from '../cli-failure.js';
import { EXIT } from '../exit-codes.js';
import type { KubernetesAccess } from '../kubernetes-access.js';
import type { CliSettings } from '../settings.js';

/** @throws CliFailure (6) where it does not exist */
export async function requireRestore(
  { api, serverUrl }: KubernetesAccess,
  { namespace, name }: BackupName,
): Promise<Restore> {
  const restore = await readRestore(api, { namespace, name });
  if (restore !== undefined) return restore;
  const message = `Restore ${namespace}/${name} does not exist on ${serverUrl}; 'holdfast restore list' shows what does`;
  throw new CliFailure(message, { exitCode: EXIT.notFound });
}

/** Where a command reads what a worker would read. */
export function surroundingsOf(
  { api, readDocument }: KubernetesAccess,
  { operator, images }: CliSettings,
): RestoreSurroundings {
  return { api, crd: restoreCrd(readDocument), operator, images };
}

export function isOurs({ metadata }: Restore): boolean {
  return metadata.labels?.[MANAGED_LABEL] === 'true';
}

/** The Restore as it is once `holdfast restore start` has set the label. */
export function asOurs(restore: Restore): Restore {
  const { metadata } = restore;
  return { ...restore, metadata: { ...metadata, labels: { ...metadata.labels, [MANAGED_LABEL]: 'true' } } };
}
