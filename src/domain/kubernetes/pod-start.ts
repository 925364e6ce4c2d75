import type { ContainerStatus, Pod } from './pod.js';

/** Whether the pod's own containers have never run: it waits for a node, an image, a volume or a Secret. */
export function isNotStarted({ status }: Pod): boolean {
  if ((status?.phase ?? 'Pending') !== 'Pending') return false;
  const main = status?.containerStatuses ?? [];
  const init = status?.initContainerStatuses ?? [];
  // An init container that runs is a start; one that ended is none while the main container cannot begin.
  return !main.some(hasRun) && !init.some(({ state }) => state?.running !== undefined);
}

function hasRun({ state }: ContainerStatus): boolean {
  return state?.running !== undefined || state?.terminated !== undefined;
}

/** What the kubelet says it waits for, for example ImagePullBackOff; `undefined` where it says nothing. */
export function waitingReason({ status }: Pod): string | undefined {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return (
    containers.map(({ state }) => state?.waiting?.reason).find((reason) => reason !== undefined) ??
    status?.reason
  );
}
