import { z } from 'zod';
import { ApiFailure } from './api-failure.js';
import type { ReadDocument } from './read-document.js';
import { BACKUPS } from './resources.js';

const ResourceList = z.looseObject({ resources: z.array(z.looseObject({ name: z.string() })) });

/** What a person has to do about it. */
export const REMOVE_STATUS_SUBRESOURCE =
  'kubectl patch crd backups.pingcap.com --type=json ' +
  `-p='[{"op": "remove", "path": "/spec/versions/0/subresources/status"}]'`;

/**
 * Whether Backups have a status subresource, which the stock CRD and ours have not: status and incident are one write
 * of one object, and such an API server would take the incident and drop the status. Read from discovery, which nearly
 * every credential may; where it cannot be read, or the CRD is not there: no.
 * @throws ApiFailure when the API server does not answer
 */
export async function hasStatusSubresource(read: ReadDocument): Promise<boolean> {
  const { group, version, plural } = BACKUPS;
  const document = await read(`/apis/${group}/${version}`).catch((failure: unknown) => {
    if (failure instanceof ApiFailure && failure.status === 403) return undefined;
    throw failure;
  });
  if (document === undefined) return false;
  return ResourceList.parse(document).resources.some(({ name }) => name === `${plural}/status`);
}
