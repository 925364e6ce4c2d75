import { KubeConfig, KubernetesObjectApi, type KubernetesObject } from '@kubernetes/client-node';
import { CONCURRENCY, type Creation, type StressBenchWorld } from './stress-bench-world.js';

/** What a script would do: the client library in a loop, as many calls at once, and no retry. */
export async function bareLoop(world: StressBenchWorld, prefix: string): Promise<Creation> {
  const config = new KubeConfig();
  config.loadFromFile(world.stack.controlPlane.adminKubeconfig);
  const api = KubernetesObjectApi.makeApiClient(config);
  const bodies: KubernetesObject[] = world.objects(prefix);
  const namespaces = bodies.filter(({ kind }) => kind === 'Namespace');
  const others = bodies.filter(({ kind }) => kind !== 'Namespace');
  let failedAttempts = 0;
  const startedMs = performance.now();
  for (const part of [namespaces, others]) {
    const queue = part[Symbol.iterator]();
    const lane = async (): Promise<void> => {
      for (const body of queue) {
        await api.create(body).catch(() => (failedAttempts += 1));
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  }
  const succeeded = bodies.length - failedAttempts;
  return {
    operations: bodies.length,
    succeeded,
    firstAttempts: succeeded,
    durationMs: performance.now() - startedMs,
    failedAttempts,
  };
}
