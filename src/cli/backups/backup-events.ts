import { z } from 'zod';
import type { Backup } from '../../domain/backup/backup.js';
import type { KubernetesApi } from '../../kubernetes/api.js';
import { ApiFailure } from '../../kubernetes/api-failure.js';
import { listItems } from '../../kubernetes/jobs.js';
import { EVENTS } from '../../kubernetes/resources.js';
import { jobNameOf } from './backup-summary.js';

/** A core/v1 Event, as far as the timeline shows it. */
const KubernetesEvent = z.looseObject({
  metadata: z.looseObject({ creationTimestamp: z.string() }),
  involvedObject: z.looseObject({ kind: z.string().default(''), name: z.string().default('') }),
  type: z.string().default('Normal'),
  reason: z.string().default(''),
  message: z.string().default(''),
  count: z.number().nullish(),
  firstTimestamp: z.string().nullish(),
  lastTimestamp: z.string().nullish(),
  eventTime: z.string().nullish(),
});
export type KubernetesEvent = z.infer<typeof KubernetesEvent>;

/** When it happened last, RFC 3339. */
export function eventTimeOf({ lastTimestamp, eventTime, firstTimestamp, metadata }: KubernetesEvent): string {
  return lastTimestamp ?? eventTime ?? firstTimestamp ?? metadata.creationTimestamp;
}

/**
 * Events on the Backup and on its current Job, predecessors of the same name included: these are what is left of
 * deleted Jobs. Those from before the Backup are of another one of its name. `undefined` where they may not be read.
 */
export async function readBackupEvents(
  api: KubernetesApi,
  backup: Backup,
): Promise<KubernetesEvent[] | undefined> {
  const { namespace, uid, creationTimestamp } = backup.metadata;
  const jobName = jobNameOf(backup);
  const selectors = [
    `involvedObject.uid=${uid}`,
    ...(jobName === undefined ? [] : [`involvedObject.kind=Job,involvedObject.name=${jobName}`]),
  ];
  const events = await readEvents(api, { namespace, selectors });
  const createdMs = Date.parse(creationTimestamp);
  return events?.filter((event) => Date.parse(eventTimeOf(event)) >= createdMs);
}

/** Events of one namespace that one of these field selectors finds; `undefined` where they may not be read. */
export async function readEvents(
  api: KubernetesApi,
  { namespace, selectors }: { namespace: string; selectors: readonly string[] },
): Promise<KubernetesEvent[] | undefined> {
  try {
    const lists = await Promise.all(
      selectors.map((fieldSelector) => api.list(EVENTS, { namespace, fieldSelector })),
    );
    return lists.flatMap(listItems).map((item) => KubernetesEvent.parse(item));
  } catch (failure) {
    if (failure instanceof ApiFailure && failure.status === 403) return undefined;
    throw failure;
  }
}
