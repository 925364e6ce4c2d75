import { setTimeout as delay } from 'node:timers/promises';
import type { Backup } from '../../src/domain/backup/backup.js';
import { backupWorkflowId, restoreWorkflowId } from '../../src/domain/names.js';
import type { Restore } from '../../src/domain/replication/restore.js';
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

/** Which workflow looks after one kind of object. */
interface WorkflowKind {
  readonly workflowType: string;
  readonly idOf: typeof backupWorkflowId;
}

const supervision: WorkflowKind = { workflowType: 'superviseBackup', idOf: backupWorkflowId };
const restoring: WorkflowKind = { workflowType: 'runReplicationRestore', idOf: restoreWorkflowId };

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
  const restores = new Map<string, Restore>();
  const events: SeenEvent[] = [];
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
    if (observation.kind === 'event') events.push(observation.event);
    if (observation.kind === 'backup') keep(backups, observation.backup, supervision);
    if (observation.kind === 'restore') keep(restores, observation.restore, restoring);
    if (play.isOver({ backups, restores, events })) end();
  };
  const keep = <T extends Backup | Restore>(known: Map<string, T>, object: T, workflow: WorkflowKind) => {
    const { name } = object.metadata;
    if (!known.has(name) && play.subjects.includes(name)) void announceWorkflow(object, workflow).catch(fail);
    known.set(name, object);
  };
  const announceWorkflow = async (
    { metadata }: Backup | Restore,
    { workflowType, idOf }: WorkflowKind,
  ): Promise<void> => {
    const workflowId = idOf(metadata);
    if (!(await workflowExists(stage.client, { workflowId, signal }))) return;
    const url = workflowUrl(stage.temporal, workflowId);
    observe({ kind: 'workflow', atMs: Date.now(), subject: metadata.name, workflowType, url });
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
