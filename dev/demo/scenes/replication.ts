import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { jobOutcome } from '../../../src/domain/kubernetes/job-outcome.js';
import { runCompactions } from '../../compaction-stand-in/run-compactions.js';
import { expectEqual } from '../expectations.js';
import { showHeading } from '../screen.js';
import { playTimeline, type SeenWorld } from '../timeline-player.js';
import { applyManifests } from './apply-manifests.js';
import { NAMESPACE } from './prerequisites.js';
import { replicationExpectations } from './replication-expectations.js';
import { showReplicationFacts } from './replication-facts-shown.js';
import {
  LEDGER_COMPACTION,
  LEDGER_COMPACTION_MANIFEST,
  LEDGER_RESTORE,
  LEDGER_RESTORE_MANIFEST,
  ORDERS_COMPACTION,
  ORDERS_COMPACTION_MANIFEST,
  ORDERS_RESTORE,
  ORDERS_RESTORE_MANIFEST,
  RESTORE_PREREQUISITES,
} from './replication-manifests.js';
import { readRestoreFacts, type RestoreFacts } from './restore-facts.js';
import type { Scene, Stage } from './scene.js';
import { areClosed, settledFacts } from './workflow-runs.js';

/** How long each of both stories may take; they take about 14 s and 1 s. */
const STORY_DEADLINE_MS = 120_000;
/** After the Restore. */
const COMPACTION_APPEARS_AFTER_MS = 2_000;

/** Two restores for disaster recovery: one waits for its compaction, one must not use the compaction that it names. */
export const replicationScene: Scene = {
  story: [
    `${ORDERS_RESTORE}  restores its snapshot while CompactBackup ${ORDERS_COMPACTION} appears late and still`,
    '           compacts the log when the snapshot has been restored; both have ended: the log is restored',
    `${LEDGER_RESTORE}  names a CompactBackup that compacts another log: Holdfast refuses it before any Job,`,
    '           and says which field differs',
    'CompactBackups are acted by a stand-in, whose Events and messages say so: no data is compacted.',
  ],
  play: async (stage) => {
    const closing = new AbortController();
    const signal = AbortSignal.any([stage.signal, closing.signal]);
    const compactions = runCompactions({ api: stage.api, namespace: NAMESPACE, signal });
    try {
      const ended = await Promise.race([playStories(stage), compactions.then(() => false)]);
      return await stage.stopwatch.measure('facts of replication', () => checkFacts(stage, ended));
    } finally {
      closing.abort();
      await compactions;
    }
  },
};

async function checkFacts(stage: Stage, ended: boolean) {
  const orders = await factsOf(stage, { name: ORDERS_RESTORE, compaction: ORDERS_COMPACTION });
  const ledger = await factsOf(stage, { name: LEDGER_RESTORE, compaction: LEDGER_COMPACTION });
  await showReplicationFacts(stage, { orders });
  const inTime = expectEqual({
    subject: 'the stories of replication',
    claim: `ended within ${STORY_DEADLINE_MS / 1_000} s each`,
    expected: true,
    seen: ended,
  });
  return [inTime, ...replicationExpectations({ orders, ledger })];
}

/** @returns whether both ended within their deadlines */
async function playStories(stage: Stage): Promise<boolean> {
  const { screen, stopwatch } = stage;
  await applyManifests(stage, 'restore-prerequisites', RESTORE_PREREQUISITES);
  showHeading(screen, 'The Restore that will succeed, as it is applied');
  screen.line(
    screen.paint('dim', '(the annotation is for the stand-ins of this demo: how long each half takes)'),
  );
  screen.line(stringify(ORDERS_RESTORE_MANIFEST, { lineWidth: 0 }).trimEnd());
  const inTime = await stopwatch.measure('late compaction', () => playLateCompaction(stage));
  return inTime && stopwatch.measure('mismatch', () => playMismatch(stage));
}

function playLateCompaction(stage: Stage): Promise<boolean> {
  showHeading(stage.screen, 'Timeline (times in UTC; each line is something that was just observed)');
  return playTimeline(stage, {
    namespace: NAMESPACE,
    subjects: [ORDERS_RESTORE, ORDERS_COMPACTION],
    begin: async () => {
      await applyManifests(stage, ORDERS_RESTORE, [ORDERS_RESTORE_MANIFEST]);
      await delay(COMPACTION_APPEARS_AFTER_MS, undefined, { signal: stage.signal });
      await applyManifests(stage, ORDERS_COMPACTION, [ORDERS_COMPACTION_MANIFEST]);
    },
    isOver: (world) => hasEnded(world, ORDERS_RESTORE),
    deadlineMs: STORY_DEADLINE_MS,
  });
}

function playMismatch(stage: Stage): Promise<boolean> {
  showHeading(stage.screen, 'Timeline of the Restore whose CompactBackup compacts another log');
  return playTimeline(stage, {
    namespace: NAMESPACE,
    subjects: [LEDGER_RESTORE, LEDGER_COMPACTION],
    begin: () => applyManifests(stage, LEDGER_RESTORE, [LEDGER_COMPACTION_MANIFEST, LEDGER_RESTORE_MANIFEST]),
    isOver: (world) => hasEnded(world, LEDGER_RESTORE),
    deadlineMs: STORY_DEADLINE_MS,
  });
}

/** It is Complete or Failed, and the Event that says so has come too. */
function hasEnded({ restores, events }: SeenWorld, name: string): boolean {
  const { phase } = restores.get(name)?.status ?? {};
  const told = events.some(
    ({ involvedObject, reason }) =>
      involvedObject.name === name && /^(RestoreComplete|GateClosed|\w+Failed)$/.test(reason),
  );
  return told && (phase === 'Complete' || phase === 'Failed');
}

/** The Job ends a moment after the program in its pod has written Complete. */
function factsOf(stage: Stage, which: { name: string; compaction: string }): Promise<RestoreFacts> {
  return settledFacts(stage, {
    read: () => readRestoreFacts(stage, { namespace: NAMESPACE, ...which }),
    isSettled: ({ runs, logJob }) =>
      areClosed(runs) && (logJob === undefined || jobOutcome(logJob) !== 'running'),
  });
}
