import { setTimeout as delay } from 'node:timers/promises';
import type { Backup } from '../../src/domain/backup/backup.js';
import { openClusterFeed } from './cluster-feed.js';
import type { Observation, SeenEvent } from './observation.js';
import type { Stage } from './scenes/scene.js';
import { createTimeline } from './timeline.js';
import { countdown, renderLine } from './timeline-screen.js';
import { workflowExists, workflowUrl } from './workflow-link.js';

const COUNTDOWN_INTERVAL_MS = 100;

/** What has been seen so far. */
export interface SeenWorld {
  /** By name, as last seen. */
  readonly backups: ReadonlyMap<string, Backup>;
  readonly events: readonly SeenEvent[];
}

export interface Play {
  readonly namespace: string;
  readonly backupNames: readonly string[];
  /** Sets the story going; all watches are open by then. */
  begin(): Promise<void>;
  /** Asked after each observation. */
  isOver(world: SeenWorld): boolean;
  readonly deadlineMs: number;
}

/**
 * Shows what happens to the Backups of a namespace, as it happens, until it is over.
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
  const backups = new Map<string, Backup>();
  const events: SeenEvent[] = [];
  let end: () => void = () => undefined;
  let fail: (failure: unknown) => void = () => undefined;
  const over = new Promise<true>((resolve, reject) => {
    end = () => resolve(true);
    fail = reject;
  });
  const observe = (observation: Observation): void => {
    for (const line of timeline.observe(observation)) {
      screen.line(renderLine(line, { screen, startedMs, backupNames: play.backupNames }));
    }
    if (observation.kind === 'event') events.push(observation.event);
    if (observation.kind === 'backup') {
      const { backup } = observation;
      if (!backups.has(backup.metadata.name)) void announceWorkflow(backup).catch(fail);
      backups.set(backup.metadata.name, backup);
    }
    if (play.isOver({ backups, events })) end();
  };
  const announceWorkflow = async (backup: Backup): Promise<void> => {
    if (!(await workflowExists(stage.client, { backup, signal }))) return;
    const url = workflowUrl(stage.temporal, backup);
    observe({ kind: 'workflow', atMs: Date.now(), backupName: backup.metadata.name, url });
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
