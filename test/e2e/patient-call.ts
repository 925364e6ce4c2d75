import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { hasStatus, isTransient, type KubeCall, type KubeClient } from '../../dev/node-agent/kube-client.js';

const GIVE_UP_AFTER_MS = 120_000;
const PAUSE_MS = 500;

const Named = z.object({ metadata: z.object({ name: z.string() }) });

/**
 * One call of a test, which is not what is tried here: it rides out an API server that fails for now. What an earlier
 * attempt did without our knowledge counts as done.
 */
export async function callPatiently(client: KubeClient, call: KubeCall): Promise<unknown> {
  const deadlineMs = Date.now() + GIVE_UP_AFTER_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.call(call);
    } catch (failure) {
      if (attempt > 1 && hasStatus(failure, 409) && call.method === 'POST')
        return callPatiently(client, {
          method: 'GET',
          path: `${call.path}/${Named.parse(call.body).metadata.name}`,
        });
      if (attempt > 1 && hasStatus(failure, 404) && call.method === 'DELETE') return undefined;
      if (!isTransient(failure) || Date.now() > deadlineMs) throw failure;
      await delay(PAUSE_MS);
    }
  }
}
