import { join } from 'node:path';
import { startScriptedServer } from '../../dev/scripted-server/start-scripted-server.js';
import { nowMs } from '../machine.js';
import { healthyPages } from './healthy-pages.js';
import { EVENTS_PER_INCIDENT, incidentEvents } from './incident-events.js';
import { answerWithLists, WATCHES, type Page, type ScriptedLists } from './scripted-lists.js';
import { forkWatch, type WatchChild, type WatchMemory, type WatchReport } from './watch-child.js';

const INCIDENTS_PER_ROUND = 100;
const EVENTS_PER_ROUND = INCIDENTS_PER_ROUND * EVENTS_PER_INCIDENT;
/** Backups, Jobs, pods and TidbClusters. */
/** Before the client gives one up, which takes longer than the API server lets it live. */
const WATCH_LIFE_MS = 50_000;

export interface EventRun {
  readonly warmUpEvents: number;
  readonly events: number;
  readonly eventsPerSecond: number;
  readonly cpuMsPerEvent: number;
  readonly empty: WatchMemory;
  readonly warm: WatchMemory;
  readonly after: WatchMemory;
  readonly report: WatchReport;
}

interface World {
  readonly lists: ScriptedLists;
  readonly child: WatchChild;
}

/** So many events of incidents whose objects come and go: nothing of them may stay. */
export function measureEvents(wish: { warmUpEvents: number; events: number }): Promise<EventRun> {
  return withWatch(undefined, async (world) => {
    const { child } = world;
    const empty = await child.measure();
    const sender = eventSender(world);
    await sender(wish.warmUpEvents);
    const warm = await child.measure();
    const beganMs = nowMs();
    await sender(wish.events);
    const seconds = (nowMs() - beganMs) / 1_000;
    const after = await child.measure();
    return {
      ...wish,
      eventsPerSecond: wish.events / seconds,
      cpuMsPerEvent: (after.cpuMs - warm.cpuMs) / wish.events,
      empty,
      warm,
      after,
      report: child.latest(),
    };
  });
}

/** Memory with so many healthy Backups and their Jobs in the view. */
export function measureHealthy(backups: number): Promise<{ memory: WatchMemory; report: WatchReport }> {
  return withWatch(healthyPages(backups), async ({ child }) => {
    await child.until(
      'all Backups and Jobs are listed',
      ({ objects }) => objects['backups'] === backups && objects['jobs'] === backups,
    );
    const memory = await child.measure();
    return { memory, report: child.latest() };
  });
}

async function withWatch<T>(page: Page | undefined, use: (world: World) => Promise<T>): Promise<T> {
  const server = await startScriptedServer();
  try {
    const lists = answerWithLists(server, page);
    const child = forkWatch(join(server.folder, 'kubeconfig'));
    try {
      await child.until('all watches are open', () => lists.watches() === WATCHES);
      return await use({ lists, child });
    } finally {
      await child.stop();
    }
  } finally {
    await server.stop();
  }
}

/** Sends a round, and the next one when the watch has seen it. */
function eventSender({ lists, child }: World): (events: number) => Promise<void> {
  let round = 0;
  let openedMs = nowMs();
  return async (events) => {
    for (let sent = 0; sent < events; sent += EVENTS_PER_ROUND) {
      if (nowMs() - openedMs > WATCH_LIFE_MS) {
        lists.endWatches();
        await child.until('all watches are open again', () => lists.watches() === WATCHES);
        openedMs = nowMs();
      }
      round += 1;
      const expected = child.latest().signs + EVENTS_PER_ROUND;
      for (let index = 0; index < INCIDENTS_PER_ROUND; index += 1) {
        for (const { resource, event } of incidentEvents(`b-${round}-${index}`)) lists.send(resource, event);
      }
      await child.until(`the events of round ${round} are seen`, ({ signs }) => signs >= expected);
    }
  };
}
