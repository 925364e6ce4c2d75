import { z } from 'zod';
import { RUN_LABEL } from '../../domain/labels.js';
import { listAll } from '../../kubernetes/list-all.js';
import { stressSelector } from '../../kubernetes/objects/stress-object.js';
import { NAMESPACES } from '../../kubernetes/resources.js';
import { CliFailure } from '../cli-failure.js';
import { EXIT } from '../exit-codes.js';
import type { KubernetesAccess } from '../kubernetes-access.js';

const Namespace = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()) }),
});

/** Names of the namespaces that the cluster has of one run, or of each. @throws ApiFailure */
export async function namespacesByRun(
  { api }: KubernetesAccess,
  run: string | undefined,
): Promise<Map<string, string[]>> {
  const byRun = new Map<string, string[]>();
  for (const item of await listAll(api, NAMESPACES, { labelSelector: stressSelector(run) })) {
    const { name, labels } = Namespace.parse(item).metadata;
    const owner = labels[RUN_LABEL] ?? '';
    byRun.set(owner, [...(byRun.get(owner) ?? []), name]);
  }
  return byRun;
}

/**
 * The only run that has left something; `undefined` where none has.
 * @throws CliFailure (2) where several have: one of them may be going on
 */
export async function onlyRunLeft(access: KubernetesAccess): Promise<string | undefined> {
  const runs = [...(await namespacesByRun(access, undefined)).keys()];
  if (runs.length <= 1) return runs[0];
  const message = `several runs have left namespaces: choose one with --run (${runs.toSorted().join(', ')})`;
  throw new CliFailure(message, { exitCode: EXIT.usage });
}
