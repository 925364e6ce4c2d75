import { setTimeout as sleep } from 'node:timers/promises';
import { hasStatus, isTransient, type KubeCall, type KubeClient } from './kube-client.js';
import { podPath, type Pod } from './pod.js';

const RETRY_MS = 500;

/** Gives a pod to a node, as a scheduler does. A pod that is bound or gone by now is left alone. */
export async function bindPod(client: KubeClient, pod: Pod, nodeName: string): Promise<void> {
  const { name, uid } = pod.metadata;
  await callUnlessGone(client, {
    method: 'POST',
    path: `${podPath(pod)}/binding`,
    body: {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, uid },
      target: { apiVersion: 'v1', kind: 'Node', name: nodeName },
    },
  });
}

/** Removes a pod of which nothing runs any more, as a kubelet does at the end of a deletion. */
export async function removePod(client: KubeClient, pod: Pod): Promise<void> {
  await callUnlessGone(client, {
    method: 'DELETE',
    path: podPath(pod),
    body: {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
      preconditions: { uid: pod.metadata.uid },
    },
  });
}

async function callUnlessGone(client: KubeClient, call: KubeCall): Promise<void> {
  for (;;) {
    try {
      await client.call(call);
      return;
    } catch (failure) {
      if (hasStatus(failure, 404) || hasStatus(failure, 409)) return;
      if (!isTransient(failure)) throw failure;
      await sleep(RETRY_MS);
    }
  }
}
