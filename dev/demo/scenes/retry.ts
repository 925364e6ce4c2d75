import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { readIncident } from '../../../src/domain/retry/read-incident.js';
import { kubectl } from '../../stack/kubectl.js';
import { expectEqual, type Expectation } from '../expectations.js';
import { showHeading } from '../screen.js';
import { playTimeline, type SeenWorld } from '../timeline-player.js';
import { readBackupFacts, type BackupFacts } from './backup-facts.js';
import { retryExpectations } from './retry-expectations.js';
import { showRetryFacts } from './retry-facts-shown.js';
import { LEDGER, LEDGER_BACKUP, NAMESPACE, ORDERS, ORDERS_BACKUP, PREREQUISITES } from './retry-manifests.js';
import type { Scene, Stage } from './scene.js';

/** How long the story may take; it takes about 20 s. */
const STORY_DEADLINE_MS = 120_000;
/** How long what Temporal lists may lag behind. */
const SETTLE_DEADLINE_MS = 10_000;
const ASK_AGAIN_MS = 200;

const BACKUPS = [ORDERS, LEDGER] as const;

/** Two log backups that fail: one is retried to success, one exhausts its budget. */
export const retryScene: Scene = {
  story: [
    `${ORDERS}  its first run is killed for lack of memory, retry 1 is refused by the storage, retry 2`,
    '            succeeds; the waits double: 3 s, 6 s',
    `${LEDGER}  its storage is never reached: after 2 retries (2 s, 4 s) Holdfast gives up and says why`,
  ],
  play: async (stage) => {
    const ended = await stage.stopwatch.measure('story', () => playStory(stage));
    return stage.stopwatch.measure('facts', async () => {
      const facts = { orders: await settledFacts(stage, ORDERS), ledger: await settledFacts(stage, LEDGER) };
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
  await apply(stage, 'prerequisites', PREREQUISITES);
  showHeading(screen, 'The Backup that will succeed, as it is applied');
  screen.line(
    screen.paint('dim', '(the annotation is for the stand-ins of this demo: what befalls each run)'),
  );
  screen.line(stringify(ORDERS_BACKUP, { lineWidth: 0 }).trimEnd());
  showHeading(screen, 'Timeline (times in UTC; each line is something that was just observed)');
  return playTimeline(stage, {
    namespace: NAMESPACE,
    backupNames: BACKUPS,
    begin: () => apply(stage, 'backups', [ORDERS_BACKUP, LEDGER_BACKUP]),
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

async function apply({ stack }: Stage, name: string, objects: readonly object[]): Promise<void> {
  const file = join(stack.folder, `${name}.yaml`);
  await writeFile(file, objects.map((object) => stringify(object)).join('---\n'), { mode: 0o600 });
  await kubectl(stack.controlPlane.adminKubeconfig, ['apply', '-f', file]);
}

/** The facts once Temporal lists no open run any more, or as they are when it takes too long. */
async function settledFacts(stage: Stage, name: string): Promise<BackupFacts> {
  let facts = await readBackupFacts(stage, { namespace: NAMESPACE, name });
  const closed = () => facts.runs.length > 0 && facts.runs.every(({ status }) => status !== 'RUNNING');
  const lateMs = Date.now() + SETTLE_DEADLINE_MS;
  while (!closed() && Date.now() < lateMs) {
    await delay(ASK_AGAIN_MS, undefined, { signal: stage.signal });
    facts = await readBackupFacts(stage, { namespace: NAMESPACE, name });
  }
  return facts;
}
