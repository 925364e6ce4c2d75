import { z } from 'zod';
import { ATTEMPT_LABEL, RUN_LABEL } from '../../domain/labels.js';
import type { KubernetesApi } from '../../kubernetes/api.js';
import { isConflict, type ApiFailure } from '../../kubernetes/api-failure.js';
import { stressObject, type StressObjectInput } from '../../kubernetes/objects/stress-object.js';

/** The name is taken by an object that this run did not create. */
export class NotOurs extends Error {
  override readonly name = 'NotOurs';
  /** `ForeignNamespace`, `ForeignConfigMap` … */
  readonly reason: string;

  constructor(kind: string, message: string) {
    super(message);
    this.reason = `Foreign${kind}`;
  }
}

const Found = z.object({
  metadata: z.object({
    labels: z.record(z.string(), z.string()).default({}),
    deletionTimestamp: z.string().optional(),
  }),
});

/**
 * Creates one object. A name that is taken is success only where this very run created the object: an attempt of
 * which no answer came, or one of a worker that died.
 * @returns how many attempts had failed before the one that created it
 * @throws NotOurs, ApiFailure
 */
export async function createOurs(api: KubernetesApi, input: StressObjectInput): Promise<number> {
  const { resource, body } = stressObject(input);
  const { object, namespace } = input.operation;
  const inNamespace = object.kind === 'Namespace' ? undefined : namespace;
  try {
    await api.create(resource, inNamespace, body);
    return input.failedAttempts;
  } catch (failure) {
    if (!isConflict(failure)) throw failure;
    const reference = {
      resource,
      name: object.name,
      ...(inNamespace !== undefined && { namespace: inNamespace }),
    };
    return assertOurs(await api.get(reference), { input, conflict: failure });
  }
}

function assertOurs(
  existing: unknown,
  { input, conflict }: { input: StressObjectInput; conflict: ApiFailure },
): number {
  if (existing === undefined) throw conflict;
  const { labels, deletionTimestamp } = Found.parse(existing).metadata;
  const { run, operation } = input;
  const { kind, name } = operation.object;
  const owner = labels[RUN_LABEL];
  if (owner !== run) {
    const whose = owner === undefined ? 'is not of this tool' : `belongs to run ${owner}`;
    const mend =
      owner === undefined ? 'choose another --prefix' : `holdfast stress --cleanup --run ${owner} deletes it`;
    throw new NotOurs(
      kind.split(' ').at(-1) ?? kind,
      `${kind} ${name} exists and ${whose}: it is left alone; ${mend}`,
    );
  }
  if (deletionTimestamp !== undefined) throw new NotOurs(kind, `${kind} ${name} is being deleted`);
  return Number(labels[ATTEMPT_LABEL] ?? 0);
}
