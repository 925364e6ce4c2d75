import { describe, expect, test } from 'vitest';
import { eventsDue } from '../../../src/domain/replication/events-due.js';
import { compactBackupWith } from './restore-objects.js';
import {
  createRestoreWorld,
  endJob,
  eventReasons,
  report,
  seenIn,
  settle,
  type RestoreWorld,
} from './restore-world.js';

const HOUR_MS = 3_600_000;

function dueIn(world: RestoreWorld): string[] {
  return eventsDue(seenIn(world)).map(({ reason, key }) => `${reason}/${key}`);
}

function toldIn(world: RestoreWorld): string[] {
  return world.events.map(({ reason, key }) => `${reason}/${key}`);
}

/** A restore in its log half, with all that was told on the way there. */
function inLogHalf(state = 'Complete'): RestoreWorld {
  const world = createRestoreWorld({ spec: { prune: 'afterFailed' } });
  world.compactBackup = compactBackupWith({ status: { state, message: 'as it says' } });
  settle(world);
  endJob(world, 'snapshot-restore', 'Complete');
  settle(world);
  return world;
}

describe('the Events that are due', () => {
  test.each(['Complete', 'Failed'])(
    'are, to the letter, those that were told on the way, with a compaction that is %s',
    (state) => {
      const world = inLogHalf(state);
      expect(eventReasons(world).sort()).toEqual([
        'CompactSettled',
        'LogRestoreStarted',
        'SnapshotRestoreStarted',
      ]);
      const byReason = (a: { reason: string }, b: { reason: string }) => a.reason.localeCompare(b.reason);
      expect([...eventsDue(seenIn(world))].sort(byReason)).toEqual([...world.events].sort(byReason));
    },
  );

  test('tell what is waited for', () => {
    const world = createRestoreWorld();
    world.obstacles = [{ reason: 'TidbClusterNotFound', message: 'no cluster' }];
    settle(world);
    expect(dueIn(world)).toEqual(toldIn(world));
    expect(eventReasons(world)).toEqual(['RestoreBlocked']);
  });

  test('tell the failure that the phases of a prune do not show any more', () => {
    const world = inLogHalf();
    report(world, 'Running');
    endJob(world, 'log-restore', 'Failed');
    settle(world);
    expect(world.restore.status.phase).toBe('PruneScheduled');
    expect(dueIn(world)).toContain('LogRestoreFailed/failed');
    expect(dueIn(world).sort()).toEqual(toldIn(world).sort());
  });

  test('are told no more when the API server has forgotten such old ones', () => {
    const world = inLogHalf();
    world.nowMs += HOUR_MS;
    expect(dueIn(world)).toEqual([]);
  });

  test('are not those of Jobs that TiDB Operator runs', () => {
    const world = inLogHalf();
    world.obstacles = [{ reason: 'OperatorSeesRestore', message: 'hide it' }];
    settle(world);
    expect(eventsDue(seenIn(world)).map(({ reason }) => reason)).toEqual(['RestoreBlocked']);
  });
});
