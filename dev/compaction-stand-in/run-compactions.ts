import { setTimeout as delay } from 'node:timers/promises';
import { CompactBackup } from '../../src/domain/replication/compact-backup.js';
import { toRfc3339Seconds } from '../../src/domain/time.js';
import type { KubernetesApi } from '../../src/kubernetes/api.js';
import { listAndWatch } from '../../src/kubernetes/list-and-watch.js';
import { COMPACT_BACKUPS, EVENTS } from '../../src/kubernetes/resources.js';
import { COMPACTION_ANNOTATION, CompactionScript } from './compaction-script.js';
import { compactionSteps, STAND_IN_MESSAGE } from './compaction-steps.js';

const COMPONENT = 'compaction-stand-in';

export interface CompactionOptions {
  readonly api: KubernetesApi;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

/**
 * Acts the controller and the pods of every CompactBackup that carries a script, which TiDB Operator has and Holdfast
 * has not: only its status and one Event that says who wrote it. Resolves after `signal`.
 * @throws ApiFailure when the API server refuses, ZodError for an annotation that is no script
 */
export async function runCompactions(options: CompactionOptions): Promise<void> {
  const { api, namespace, signal } = options;
  const known = new Set<string>();
  let fail: (failure: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  const onObject = (object: unknown): void => {
    const compactBackup = CompactBackup.parse(object);
    const { uid, annotations } = compactBackup.metadata;
    const text = annotations?.[COMPACTION_ANNOTATION];
    if (text === undefined || known.has(uid)) return;
    known.add(uid);
    const script = CompactionScript.parse(JSON.parse(text));
    play(options, { compactBackup, script }).catch((failure: unknown) => {
      if (!signal.aborted) fail(failure);
    });
  };
  const handlers = {
    onList: (items: readonly unknown[]) => items.forEach(onObject),
    onChange: ({ type, object }: { type: 'changed' | 'deleted'; object: unknown }) => {
      if (type === 'changed') onObject(object);
    },
    onAlive: () => undefined,
  };
  const target = { resource: COMPACT_BACKUPS, namespace };
  await Promise.race([listAndWatch(api, { target, handlers, signal }), failed]);
}

async function play(
  { api, signal }: CompactionOptions,
  { compactBackup, script }: { compactBackup: CompactBackup; script: CompactionScript },
): Promise<void> {
  const { namespace, name } = compactBackup.metadata;
  if ((compactBackup.status.state ?? '') !== '') return;
  await api.create(EVENTS, namespace, standInEvent(compactBackup));
  for (const { afterMs, status } of compactionSteps(compactBackup, script)) {
    await delay(afterMs, undefined, { signal });
    await api.mergePatch({ resource: COMPACT_BACKUPS, namespace, name }, { status });
  }
}

function standInEvent({ metadata: { namespace, name, uid } }: CompactBackup): object {
  const now = toRfc3339Seconds(Date.now());
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { generateName: `${name}.`, namespace },
    involvedObject: {
      apiVersion: 'pingcap.com/v1alpha1',
      kind: COMPACT_BACKUPS.kind,
      name,
      namespace,
      uid,
    },
    type: 'Normal',
    reason: 'StandIn',
    message: STAND_IN_MESSAGE,
    source: { component: COMPONENT },
    reportingComponent: COMPONENT,
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  };
}
