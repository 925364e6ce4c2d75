import { stringify } from 'yaml';
import { readIncident } from '../../../src/domain/retry/read-incident.js';
import { expectEqual, type Expectation } from '../expectations.js';
import { showHeading } from '../screen.js';
import { playTimeline, type SeenWorld } from '../timeline-player.js';
import { applyManifests } from './apply-manifests.js';
import { readBackupFacts, type BackupFacts } from './backup-facts.js';
import { NAMESPACE, PREREQUISITES } from './prerequisites.js';
import { retryExpectations } from './retry-expectations.js';
import { showRetryFacts } from './retry-facts-shown.js';
import { LEDGER, LEDGER_BACKUP, ORDERS, ORDERS_BACKUP } from './retry-manifests.js';
import type { Scene, Stage } from './scene.js';
import { areClosed, settledFacts } from './workflow-runs.js';

/** How long the story may take; it takes about 20 s. */
const STORY_DEADLINE_MS = 120_000;

const BACKUPS = [ORDERS, LEDGER] as const;

/** Two log backups that fail: one is retried to success, one exhausts its budget. */
export const retryScene: Scene = {
  story: [
    `${ORDERS}  its first run is killed for lack of memory, retry 1 is refused by the storage, retry 2`,
    '            succeeds; the waits double: 3 s, 6 s',
    `${LEDGER}  its storage is never reached: after 2 retries (2 s, 4 s) Holdfast gives up and says why`,
  ],
  alerts: ['LogBackupRetriesExhausted'],
  play: async (stage) => {
    const ended = await stage.stopwatch.measure('story', () => playStory(stage));
    return stage.stopwatch.measure('facts', async () => {
      const facts = { orders: await factsOf(stage, ORDERS), ledger: await factsOf(stage, LEDGER) };
      await showRetryFacts(stage, facts);
      return [storyEnded(ended), ...retryExpectations(facts)];
    });
  },
};

function storyEnded(ended: boolean): Expectation {
  return expectEqual({
    subject: 'the story',
    claim: `ended within ${STORY_DEADLINE_MS / 1_000} s`,
    expected: true,
    seen: ended,
  });
}

/** @returns whether it ended within its deadline */
async function playStory(stage: Stage): Promise<boolean> {
  const { screen } = stage;
  await applyManifests(stage, 'prerequisites', PREREQUISITES);
  showHeading(screen, 'The Backup that will succeed, as it is applied');
  screen.line(
    screen.paint('dim', '(the annotation is for the stand-ins of this demo: what befalls each run)'),
  );
  screen.line(stringify(ORDERS_BACKUP, { lineWidth: 0 }).trimEnd());
  showHeading(screen, 'Timeline (times in UTC; each line is something that was just observed)');
  return playTimeline(stage, {
    namespace: NAMESPACE,
    subjects: BACKUPS,
    begin: () => applyManifests(stage, 'backups', [ORDERS_BACKUP, LEDGER_BACKUP]),
    isOver: (world) => BACKUPS.every((name) => hasEnded(world, name)),
    deadlineMs: STORY_DEADLINE_MS,
  });
}

/** Its incident is not open any more, and the Event that says so has come too. */
function hasEnded({ backups, events }: SeenWorld, name: string): boolean {
  const backup = backups.get(name);
  const incident = backup && readIncident(backup);
  const told = events.some(
    ({ involvedObject, reason }) =>
      involvedObject.name === name && /^(RetrySucceeded|BackupFailed|BackupInvalid)$/.test(reason),
  );
  return told && incident !== undefined && incident.state !== 'open';
}

function factsOf(stage: Stage, name: string): Promise<BackupFacts> {
  return settledFacts(stage, {
    read: () => readBackupFacts(stage, { namespace: NAMESPACE, name }),
    isSettled: ({ runs }) => areClosed(runs),
  });
}
