import { z } from 'zod';
import { ApiFailure } from './api-failure.js';
import type { ReadDocument } from './read-document.js';
import { BACKUPS, RESTORES, type ResourceType } from './resources.js';

const ResourceList = z.looseObject({ resources: z.array(z.looseObject({ name: z.string() })) });

/** The kinds whose status we write. */
const WRITTEN: readonly ResourceType[] = [BACKUPS, RESTORES];

/** What a person has to do about it. */
export function removeStatusSubresource({ plural, group }: ResourceType): string {
  return (
    `kubectl patch crd ${plural}.${group} --type=json ` +
    `-p='[{"op": "remove", "path": "/spec/versions/0/subresources/status"}]'`
  );
}

/**
 * Those of our kinds that have a status subresource, which the stock CRDs and ours have not: we write an object and its
 * status in one write, and such an API server would drop the status. Read from discovery, which nearly every credential
 * may; where it cannot be read, or the CRDs are not there: none.
 * @throws ApiFailure when the API server does not answer
 */
export async function kindsWithStatusSubresource(read: ReadDocument): Promise<readonly ResourceType[]> {
  const { group, version } = BACKUPS;
  const document = await read(`/apis/${group}/${version}`).catch((failure: unknown) => {
    if (failure instanceof ApiFailure && failure.status === 403) return undefined;
    throw failure;
  });
  if (document === undefined) return [];
  const names = ResourceList.parse(document).resources.map(({ name }) => name);
  return WRITTEN.filter(({ plural }) => names.includes(`${plural}/status`));
}
