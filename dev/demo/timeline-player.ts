import { setTimeout as delay } from 'node:timers/promises';
import type { Backup } from '../../src/domain/backup/backup.js';
import type { Restore } from '../../src/domain/replication/restore.js';
import { openClusterFeed } from './cluster-feed.js';
import type { Observation, SeenEvent } from './observation.js';
import type { Stage } from './scenes/scene.js';
import { createTimeline } from './timeline.js';
import { countdown, renderLine } from './timeline-screen.js';
import { workflowExists, workflowOf, workflowUrl, type ObservedWorkflow } from './workflow-link.js';

const COUNTDOWN_INTERVAL_MS = 100;

/** What has been seen so far. */
export interface SeenWorld {
  /** By name, as last seen. */
  readonly backups: ReadonlyMap<string, Backup>;
  /** By name, as last seen. */
  readonly restores: ReadonlyMap<string, Restore>;
  readonly events: readonly SeenEvent[];
}

export interface Play {
  readonly namespace: string;
  /** Names of the Backups, Restores and CompactBackups that are shown; whatever else is there is not. */
  readonly subjects: readonly string[];
  /** Sets the story going; all watches are open by then. */
  begin(): Promise<void>;
  /** Asked after each observation. */
  isOver(world: SeenWorld): boolean;
  readonly deadlineMs: number;
}

/**
 * Shows what happens to some objects of a namespace, as it happens, until it is over.
 * @returns whether it was over before the deadline
 */
export async function playTimeline(stage: Stage, play: Play): Promise<boolean> {
  const closing = new AbortController();
  const signal = AbortSignal.any([stage.signal, closing.signal]);
  const show = openShow(stage, { play, signal });
  try {
    const feed = await openClusterFeed({
      api: stage.api,
      namespace: play.namespace,
      onObservation: show.observe,
      signal,
    });
    await Promise.race([play.begin(), feed.ended]);
    const late = delay(play.deadlineMs, false, { signal });
    return await Promise.race([show.over, late, feed.ended.then(() => false)]);
  } finally {
    closing.abort();
    show.close();
  }
}

interface Show {
  observe(observation: Observation): void;
  /** Resolves when the play says so; rejects when Temporal could not be asked. */
  readonly over: Promise<true>;
  close(): void;
}

function openShow(stage: Stage, { play, signal }: { play: Play; signal: AbortSignal }): Show {
  const { screen } = stage;
  const timeline = createTimeline();
  const startedMs = Date.now();
  const seen = createSeenWorld();
  let end: () => void = () => undefined;
  let fail: (failure: unknown) => void = () => undefined;
  const over = new Promise<true>((resolve, reject) => {
    end = () => resolve(true);
    fail = reject;
  });
  const observe = (observation: Observation): void => {
    for (const line of timeline.observe(observation)) {
      if (!play.subjects.includes(line.subject)) continue;
      screen.line(renderLine(line, { screen, startedMs, subjects: play.subjects }));
    }
    const workflow = seen.add(observation) ? workflowOf(observation) : undefined;
    if (workflow !== undefined && play.subjects.includes(workflow.subject)) {
      void announce(workflow).catch(fail);
    }
    if (play.isOver(seen.world)) end();
  };
  const announce = async ({ subject, workflowType, workflowId }: ObservedWorkflow): Promise<void> => {
    if (!(await workflowExists(stage.client, { workflowId, signal }))) return;
    const url = workflowUrl(stage.temporal, workflowId);
    observe({ kind: 'workflow', atMs: Date.now(), subject, workflowType, url });
  };
  const ticking = setInterval(
    () => screen.status(countdown(timeline.pendingRetries(), Date.now())),
    COUNTDOWN_INTERVAL_MS,
  );
  return {
    observe,
    over,
    close: () => {
      clearInterval(ticking);
      screen.status('');
    },
  };
}

/** Keeps what the watches show; `add` tells whether it is an object that was not known. */
function createSeenWorld(): { readonly world: SeenWorld; add(observation: Observation): boolean } {
  const backups = new Map<string, Backup>();
  const restores = new Map<string, Restore>();
  const events: SeenEvent[] = [];
  const keep = <T extends Backup | Restore>(known: Map<string, T>, object: T): boolean => {
    const isNew = !known.has(object.metadata.name);
    known.set(object.metadata.name, object);
    return isNew;
  };
  return {
    world: { backups, restores, events },
    add: (observation) => {
      if (observation.kind === 'event') events.push(observation.event);
      if (observation.kind === 'backup') return keep(backups, observation.backup);
      return observation.kind === 'restore' && keep(restores, observation.restore);
    },
  };
}
