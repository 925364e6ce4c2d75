import type { OwnerReference } from './object-meta.js';

/** Whether the object belongs to the owner with this UID; a name alone may be a predecessor's. */
export function isOwnedBy(
  { metadata }: { metadata: { ownerReferences?: readonly Pick<OwnerReference, 'uid'>[] | undefined } },
  ownerUid: string,
): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === ownerUid) ?? false;
}
