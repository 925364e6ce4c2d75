import { z } from 'zod';
import { createKubeClient, mergePatch, type KubeClient } from '../../dev/node-agent/kube-client.js';
import { readKubeIdentity } from '../../dev/node-agent/kube-identity.js';
import { waitUntil } from '../../dev/processes/readiness.js';
import { BACKUPS, collectionPath, JOBS, NAMESPACES, objectPath } from '../../src/kubernetes/resources.js';
import { completeJob, healthyBackup } from '../healthy-objects.js';
import type { BenchWorld } from './bench-world.js';

/** Not the one of the incidents, whose journal would only grow by them. */
const NAMESPACE = 'healthy';
/** As many calls as the client has connections. */
const WRITERS = 32;
const SEEN_TIMEOUT_MS = 120_000;

const Created = z.looseObject({ metadata: z.looseObject({ uid: z.string() }) });
const Counted = z.looseObject({
  metadata: z.looseObject({ remainingItemCount: z.number().default(0) }),
  items: z.array(z.unknown()),
});

/** Adds healthy log Backups, each with its complete Job, until there are `total` of all kinds and the worker knows them. */
export async function fillUpTo(world: BenchWorld, total: number): Promise<void> {
  const client = createKubeClient(await readKubeIdentity(world.stack.controlPlane.adminKubeconfig));
  try {
    const there = await countBackups(client);
    if ((await world.api.get({ resource: NAMESPACES, name: NAMESPACE })) === undefined) {
      await world.api.create(NAMESPACES, undefined, { metadata: { name: NAMESPACE } });
    }
    let next = there;
    const write = async (): Promise<void> => {
      while (next < total) await addHealthy(client, `orders-${(next += 1)}`);
    };
    await Promise.all(Array.from({ length: WRITERS }, write));
  } finally {
    await client.close();
  }
  await untilWatched(world, total);
}

/** Waits until the worker has so many Backups in its view. @throws Error with what it has when that takes 2 minutes */
export async function untilWatched({ workerUrl }: BenchWorld, total: number): Promise<void> {
  await waitUntil({
    what: `${total} Backups in the view of the worker`,
    timeoutMs: SEEN_TIMEOUT_MS,
    intervalMs: 500,
    attempt: async () => {
      const answer = await fetch(`${workerUrl}/metrics`, { signal: AbortSignal.timeout(10_000) });
      const [, seen = '0'] =
        /^holdfast_watch_objects\{resource="backups",cluster="[^"]+"\} (\d+)$/m.exec(await answer.text()) ??
        [];
      if (Number(seen) < total) throw new Error(`it has ${seen}`);
      return true;
    },
  });
}

async function countBackups(client: KubeClient): Promise<number> {
  const path = `${collectionPath(BACKUPS)}?limit=1`;
  const { items, metadata } = Counted.parse(await client.call({ method: 'GET', path }));
  return items.length + metadata.remainingItemCount;
}

async function addHealthy(client: KubeClient, name: string): Promise<void> {
  const create = async (path: string, body: object) =>
    Created.parse(await client.call({ method: 'POST', path, body }));
  const backup = await create(
    collectionPath(BACKUPS, NAMESPACE),
    healthyBackup({ name, namespace: NAMESPACE }),
  );
  const job = completeJob({ name, namespace: NAMESPACE, uid: backup.metadata.uid });
  await create(collectionPath(JOBS, NAMESPACE), job);
  const path = `${objectPath({ resource: JOBS, namespace: NAMESPACE, name: job.metadata.name })}/status`;
  await client.call({ method: 'PATCH', path, body: { status: job.status }, contentType: mergePatch });
}
