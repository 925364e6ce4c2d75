import { describe, expect, test } from 'vitest';
import { decideRestore } from '../../../src/domain/replication/decide-restore.js';
import { runningSteps } from '../../../src/domain/replication/observe-restore-job.js';
import { compactBackupWith, jobOf, PITR_SPEC } from './restore-objects.js';
import {
  conditionOf,
  createRestoreWorld,
  deleteJob,
  endJob,
  eventReasons,
  report,
  seenIn,
  settle,
  writeStatus,
  type RestoreWorld,
} from './restore-world.js';

const COMPLETE = compactBackupWith({ status: { state: 'Complete', message: 'all done' } });
const RUNNING = compactBackupWith({ status: { state: 'Running' } });
const GATE_CLOSED = { reason: 'TikvGateClosed', message: 'set ratio-threshold = -1.0' } as const;
const NO_CLUSTER = {
  reason: 'TidbClusterNotFound',
  message: 'TidbCluster prod/basic does not exist',
} as const;

/** A restore whose snapshot half runs beside a compaction. */
function started(
  parts: Parameters<typeof createRestoreWorld>[0] = {},
  compactBackup = RUNNING,
): RestoreWorld {
  const world = createRestoreWorld(parts);
  world.compactBackup = compactBackup;
  settle(world);
  return world;
}

/** A restore whose log half runs and has reported. */
function inLogRestore(parts: Parameters<typeof createRestoreWorld>[0] = {}): RestoreWorld {
  const world = started(parts, COMPLETE);
  endJob(world, 'snapshot-restore', 'Complete');
  settle(world);
  report(world, 'Running');
  return world;
}

function phaseAndStep({ restore: { status } }: RestoreWorld): (string | undefined)[] {
  return [status.phase, status.replicationStep];
}

describe('a successful run', () => {
  const orders: [string, (world: RestoreWorld) => void][] = [
    [
      'the compaction comes last',
      (world) => {
        endJob(world, 'snapshot-restore', 'Complete');
        expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'CompactBackup' });
        world.compactBackup = COMPLETE;
      },
    ],
    [
      'the snapshot comes last',
      (world) => {
        world.compactBackup = COMPLETE;
        expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'SnapshotRestoreRunning' });
        endJob(world, 'snapshot-restore', 'Complete');
      },
    ],
    [
      'both at once',
      (world) => {
        endJob(world, 'snapshot-restore', 'Complete');
        world.compactBackup = COMPLETE;
      },
    ],
  ];

  test.each(orders)('%s: at most 5 writes and 4 Events, each half once', (_name, bothDone) => {
    const world = started();
    expect(phaseAndStep(world)).toEqual(['SnapshotRestore', 'snapshot-restore']);
    bothDone(world);
    expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'LogRestoreRunning' });
    report(world, 'Running');
    report(world, 'Complete', { commitTs: '4545' });
    endJob(world, 'log-restore', 'Complete');
    expect(settle(world)).toMatchObject({ kind: 'Ended', outcome: 'Complete' });
    expect(world.writes.length).toBeLessThanOrEqual(5);
    expect(world.created.map(({ step }) => step)).toEqual(['snapshot-restore', 'log-restore']);
    expect(world.created[1]?.retainLatestMvccVersion).toBe(true);
    expect(eventReasons(world).toSorted()).toEqual([
      'CompactSettled',
      'LogRestoreStarted',
      'RestoreComplete',
      'SnapshotRestoreStarted',
    ]);
    expect(conditionOf(world, 'SnapshotRestored')).toMatchObject({ status: 'True', reason: 'JobComplete' });
    expect(conditionOf(world, 'CompactSettled')).toMatchObject({
      reason: 'AllShardsComplete',
      message: 'all done',
    });
  });

  test('the CompactBackup appears late: at most 6 writes, and the Restore says what it waits for until then', () => {
    const world = createRestoreWorld();
    expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'SnapshotRestoreRunning' });
    expect(conditionOf(world, 'Waiting')).toMatchObject({
      status: 'True',
      reason: 'CompactBackupNotFound',
      message: 'CompactBackup prod/cb-1: does not exist (yet)',
    });
    world.compactBackup = RUNNING;
    settle(world);
    expect(conditionOf(world, 'Waiting')).toBeUndefined();
    endJob(world, 'snapshot-restore', 'Complete');
    settle(world);
    world.compactBackup = COMPLETE;
    settle(world);
    expect(world.writes).toEqual([
      'status SnapshotRestore/snapshot-restore',
      'job snapshot-restore',
      'status SnapshotRestore/snapshot-restore',
      'status SnapshotRestore/snapshot-restore',
      'status LogRestore/log-restore',
      'job log-restore',
    ]);
    expect(eventReasons(world).filter((reason) => reason === 'CompactBackupNotFound')).toHaveLength(1);
  });

  test('the same look again writes nothing', () => {
    const world = started();
    const { length } = world.writes;
    settle(world);
    settle(world);
    expect(world.writes).toHaveLength(length);
  });

  test('what was read is not changed by deciding', () => {
    const world = started();
    endJob(world, 'snapshot-restore', 'Complete');
    const before = structuredClone(seenIn(world));
    decideRestore(seenIn(world));
    expect(seenIn(world)).toEqual(before);
  });
});

describe('whose Restore it is', () => {
  test.each([
    ['without the label', { metadata: { labels: {} } }, 'NotManaged'],
    ['with another value', { metadata: { labels: { 'holdfast.dev/managed': 'yes' } } }, 'NotManaged'],
    ['a snapshot restore', { spec: { restoreMode: 'snapshot' } }, 'NotPitr'],
    ['no mode at all', { spec: { restoreMode: undefined } }, 'NotPitr'],
  ])('%s: untouched', (_name, parts, reason) => {
    const world = createRestoreWorld(parts);
    expect(settle(world)).toMatchObject({ kind: 'Leave', reason });
    expect(world.writes).toEqual([]);
  });
});

describe('before it starts', () => {
  test.each([
    ['a TidbCluster that does not exist (yet)', NO_CLUSTER, 'RestoreBlocked'],
    ['a closed TiKV gate', GATE_CLOSED, 'GateClosed'],
    [
      'TiDB Operator, which sees it too',
      { reason: 'OperatorSeesRestore', message: 'label it' } as const,
      'RestoreBlocked',
    ],
    [
      'a CRD that prunes',
      { reason: 'ReplicationConfigPruned', message: 'update it' } as const,
      'RestoreBlocked',
    ],
  ])('%s is named in a condition and an Event, once, and is no dead end', (_name, obstacle, event) => {
    const world = createRestoreWorld();
    world.compactBackup = RUNNING;
    world.obstacles = [obstacle];
    const waits = {
      kind: 'Await',
      reason: 'Obstacle',
      summary: obstacle.message,
      recheckAfterMs: expect.any(Number),
    };
    expect(settle(world)).toMatchObject(waits);
    expect(settle(world)).toMatchObject(waits);
    expect(world.writes).toEqual(['status -/-']);
    expect(eventReasons(world)).toEqual([event]);
    expect(conditionOf(world, 'Waiting')).toMatchObject({
      reason: obstacle.reason,
      message: obstacle.message,
    });
    world.obstacles = [];
    settle(world);
    expect(phaseAndStep(world)).toEqual(['SnapshotRestore', 'snapshot-restore']);
    expect(conditionOf(world, 'Waiting')).toBeUndefined();
    expect(world.jobs['snapshot-restore']).toBeDefined();
  });

  test('a phase that somebody wrote without a step is no dead end', () => {
    const world = createRestoreWorld({
      status: { phase: 'RetryFailed', conditions: [{ type: 'RetryFailed', status: 'True' }] },
    });
    settle(world);
    expect(phaseAndStep(world)).toEqual(['SnapshotRestore', 'snapshot-restore']);
    expect(conditionOf(world, 'RetryFailed')).toBeUndefined();
  });

  test('an invalid spec of a Restore that TiDB Operator sees is left to it', () => {
    const world = createRestoreWorld({ spec: { br: undefined } });
    world.obstacles = [{ reason: 'OperatorSeesRestore', message: 'start it with another selector' }];
    expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'Obstacle' });
    expect(conditionOf(world, 'Invalid')).toBeUndefined();
    expect(conditionOf(world, 'Waiting')).toMatchObject({ reason: 'OperatorSeesRestore' });
  });

  test('an invalid spec is told once, and a mended one starts', () => {
    const world = createRestoreWorld({
      spec: { replicationConfig: { compactBackupName: 'cb-1', waitTimeout: '30' } },
    });
    expect(settle(world)).toMatchObject({ kind: 'Ended', outcome: 'Invalid' });
    expect(settle(world)).toMatchObject({ kind: 'Ended', outcome: 'Invalid' });
    expect(world.writes).toEqual(['status Invalid/-']);
    expect(conditionOf(world, 'Invalid')?.message).toBe(
      'spec.replicationConfig.waitTimeout: received "30", expected a Go duration, for example 30m',
    );
    world.restore = {
      ...world.restore,
      spec: { ...PITR_SPEC, replicationConfig: { compactBackupName: 'cb-1' } },
    };
    settle(world);
    expect(phaseAndStep(world)).toEqual(['SnapshotRestore', 'snapshot-restore']);
    expect(conditionOf(world, 'Invalid')).toBeUndefined();
  });

  test('a failed Job of a deleted predecessor of the same name does not fail this one: it waits for it to go', () => {
    const world = createRestoreWorld();
    world.compactBackup = RUNNING;
    world.jobs['snapshot-restore'] = jobOf('snapshot-restore', {
      ended: { type: 'Failed' },
      ownerUid: 'predecessor',
    });
    expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'Obstacle' });
    expect(conditionOf(world, 'Waiting')).toMatchObject({
      reason: 'PredecessorJob',
      message:
        'Job orders-snapshot-restore belongs to a deleted predecessor of this Restore: waiting for it to go',
    });
    deleteJob(world, 'snapshot-restore');
    expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'SnapshotRestoreRunning' });
  });
});

describe('a Restore that TiDB Operator sees gets only the condition Waiting', () => {
  const states: [string, () => RestoreWorld][] = [
    ['before its start', () => createRestoreWorld()],
    ['while the snapshot is restored', () => started()],
    [
      'when its snapshot Job is gone',
      () => {
        const world = started();
        deleteJob(world, 'snapshot-restore');
        return world;
      },
    ],
    [
      'when its snapshot Job has failed',
      () => {
        const world = started();
        endJob(world, 'snapshot-restore', 'Failed');
        return world;
      },
    ],
    [
      'when both inputs of the gate are ready',
      () => {
        const world = started({}, COMPLETE);
        endJob(world, 'snapshot-restore', 'Complete');
        return world;
      },
    ],
    ['while the log is restored', () => inLogRestore()],
    [
      'when its log Job has failed',
      () => {
        const world = inLogRestore();
        endJob(world, 'log-restore', 'Failed');
        return world;
      },
    ],
    [
      'when it has failed and is to be pruned',
      () => {
        const world = inLogRestore({ spec: { prune: 'afterFailed' } });
        endJob(world, 'log-restore', 'Failed');
        report(world, 'Failed');
        return world;
      },
    ],
    [
      'while it is pruned',
      () => {
        const world = inLogRestore({ spec: { prune: 'afterFailed' } });
        endJob(world, 'log-restore', 'Failed');
        settle(world);
        return world;
      },
    ],
    ['with one Job for all', () => started({ spec: { replicationConfig: undefined } })],
    ['with an invalid spec', () => createRestoreWorld({ spec: { br: undefined } })],
  ];

  test.each(states)('%s', (_name, reach) => {
    const world = reach();
    world.obstacles = [{ reason: 'OperatorSeesRestore', message: 'start it with another selector' }];
    const { phase, replicationStep } = world.restore.status;
    const [jobs, created] = [world.jobs, [...world.created]];
    expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'Obstacle', recheckAfterMs: 15_000 });
    expect(conditionOf(world, 'Waiting')).toMatchObject({
      reason: 'OperatorSeesRestore',
      message: 'start it with another selector',
    });
    expect(world.restore.status).toMatchObject({
      ...(phase && { phase }),
      ...(replicationStep && { replicationStep }),
    });
    expect(world.jobs).toEqual(jobs);
    expect(world.created).toEqual(created);
  });
});

describe('what is waited for', () => {
  test('costs nothing while it is a TidbCluster that the watch tells of, and a look now and then', () => {
    const world = createRestoreWorld();
    world.obstacles = [NO_CLUSTER];
    expect(settle(world)).toMatchObject({ kind: 'Await', recheckAfterMs: 600_000 });
  });

  test.each([
    [
      'a TidbCluster in a namespace that nobody may be watching',
      NO_CLUSTER,
      { clusterNamespace: 'elsewhere' },
    ],
    ['a TiKV gate', GATE_CLOSED, {}],
  ])('is looked at every 15 s where it is %s', (_name, obstacle, br) => {
    const world = createRestoreWorld({ spec: { br: { cluster: 'basic', ...br } } });
    world.obstacles = [obstacle];
    expect(settle(world)).toMatchObject({ kind: 'Await', recheckAfterMs: 15_000 });
  });
});

describe('the snapshot half', () => {
  test('a deleted Job is created again, when no pod of it runs any more', () => {
    const world = started();
    deleteJob(world, 'snapshot-restore', { podsToo: false });
    expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'PodsEnding', recheckAfterMs: 2_000 });
    world.livePods = [];
    expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'SnapshotRestoreRunning' });
    expect(world.created.map(({ step }) => step)).toEqual(['snapshot-restore', 'snapshot-restore']);
  });

  test('a Job that is deleted after its marker is not created again, and the gate opens without it', () => {
    const world = started();
    endJob(world, 'snapshot-restore', 'Complete');
    settle(world);
    deleteJob(world, 'snapshot-restore');
    expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'CompactBackup' });
    world.compactBackup = COMPLETE;
    settle(world);
    expect(world.created.map(({ step }) => step)).toEqual(['snapshot-restore', 'log-restore']);
  });

  test('while somebody runs the snapshot again, the gate stays shut, also behind it', () => {
    const world = started();
    endJob(world, 'snapshot-restore', 'Complete');
    settle(world);
    world.jobs['snapshot-restore'] = jobOf('snapshot-restore');
    world.compactBackup = COMPLETE;
    expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'SnapshotRestoreRunning' });
    writeStatus(world, { ...world.restore.status, phase: 'LogRestore', replicationStep: 'log-restore' });
    expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'SnapshotRestoreRunning' });
    endJob(world, 'snapshot-restore', 'Complete');
    expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'LogRestoreRunning' });
  });

  test("its failure ends the restore with the Job's message, and the step tells which half", () => {
    const world = started();
    endJob(world, 'snapshot-restore', 'Failed');
    expect(settle(world)).toMatchObject({ kind: 'Ended', outcome: 'Failed' });
    expect(phaseAndStep(world)).toEqual(['Failed', 'snapshot-restore']);
    expect(conditionOf(world, 'Failed')).toMatchObject({
      reason: 'SnapshotRestoreFailed',
      message:
        'Job orders-snapshot-restore failed: BackoffLimitExceeded: Job has reached the specified backoff limit',
    });
    expect(eventReasons(world)).toEqual(['SnapshotRestoreStarted', 'SnapshotRestoreFailed']);
  });

  test('a TiKV gate that closed meanwhile holds the log half back, and says so; both markers stand', () => {
    const world = started();
    endJob(world, 'snapshot-restore', 'Complete');
    world.compactBackup = COMPLETE;
    world.obstacles = [GATE_CLOSED];
    expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'Obstacle', summary: GATE_CLOSED.message });
    expect(phaseAndStep(world)).toEqual(['SnapshotRestore', 'snapshot-restore']);
    expect(conditionOf(world, 'CompactSettled')).toMatchObject({ status: 'True' });
    expect(conditionOf(world, 'SnapshotRestored')).toMatchObject({ status: 'True' });
    world.obstacles = [];
    expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'LogRestoreRunning' });
  });

  test('a spec that was spoilt meanwhile is named and holds the gate', () => {
    const world = started();
    world.restore = { ...world.restore, spec: { ...PITR_SPEC } };
    expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'Obstacle' });
    expect(conditionOf(world, 'Waiting')).toMatchObject({
      reason: 'InvalidSpec',
      message: 'spec.replicationConfig: received "", expected to stay while the restore runs',
    });
  });

  test('another phase than the step says is put right', () => {
    const world = started();
    writeStatus(world, { ...world.restore.status, phase: 'RetryFailed' });
    settle(world);
    expect(phaseAndStep(world)).toEqual(['SnapshotRestore', 'snapshot-restore']);
  });
});

describe('the gate policy', () => {
  const other = compactBackupWith({ spec: { br: { cluster: 'other' } }, status: { state: 'Running' } });
  const failed = compactBackupWith({ status: { state: 'Failed', message: '2 shards failed' } });
  const waitsBriefly = { replicationConfig: { compactBackupName: 'cb-1', waitTimeout: '1m' } };

  test('a mismatch is refused before anything starts, with field and values', () => {
    const world = started({}, other);
    expect(world.writes).toEqual(['status Failed/-']);
    expect(conditionOf(world, 'Failed')).toMatchObject({
      reason: 'CompactBackupMismatch',
      message:
        'CompactBackup prod/cb-1: spec.br.cluster is "basic" in the Restore and "other" in CompactBackup cb-1',
    });
    expect(eventReasons(world)).toEqual(['GateClosed']);
  });

  test('a late mismatch is written down, the Job stopped, and only then the end written', () => {
    const world = started();
    world.compactBackup = other;
    expect(decideRestore(seenIn(world))).toMatchObject({
      kind: 'Write',
      change: 'Refused',
      status: { phase: 'SnapshotRestore' },
    });
    expect(settle(world)).toMatchObject({ kind: 'Ended', outcome: 'Failed' });
    expect(world.jobs['snapshot-restore']).toBeUndefined();
    expect(conditionOf(world, 'CompactSettled')).toMatchObject({
      status: 'False',
      reason: 'CompactBackupMismatch',
    });
  });

  test('a refusal stands, also when the CompactBackup is mended while the Job stops', () => {
    const world = started();
    world.compactBackup = other;
    const refused = decideRestore(seenIn(world));
    if (refused.kind !== 'Write') throw new Error(refused.kind);
    writeStatus(world, refused.status);
    world.compactBackup = COMPLETE;
    world.livePods = ['orders-snapshot-restore-x'];
    delete world.jobs['snapshot-restore'];
    expect(decideRestore(seenIn(world))).toMatchObject({ kind: 'StopJobs', steps: [] });
    world.livePods = [];
    settle(world);
    expect(phaseAndStep(world)).toEqual(['Failed', 'snapshot-restore']);
  });

  test('waitTimeout counts from the creation and ends the restore; until then the deadline is the next look', () => {
    const world = createRestoreWorld({ spec: waitsBriefly });
    world.nowMs += 20_000;
    expect(settle(world)).toMatchObject({ kind: 'Await', recheckAfterMs: 40_000 });
    world.nowMs += 40_000;
    expect(settle(world)).toMatchObject({ kind: 'Ended', outcome: 'Failed' });
    expect(conditionOf(world, 'Failed')).toMatchObject({ reason: 'CompactBackupWaitTimeout' });
  });

  test.each([
    ['absent', {}],
    ['empty', { waitTimeout: '' }],
    ['zero', { waitTimeout: '0s' }],
    ['negative', { waitTimeout: '-1m' }],
  ])('waitTimeout %s means for ever', (_name, timeout) => {
    const world = createRestoreWorld({
      spec: { replicationConfig: { compactBackupName: 'cb-1', ...timeout } },
    });
    world.nowMs += 365 * 86_400_000;
    const decision = settle(world);
    expect(decision).toMatchObject({ kind: 'Await' });
    expect(decision).not.toHaveProperty('recheckAfterMs');
  });

  test.each([
    ['mismatch', other, {}, 'CompactBackupMismatch'],
    ['timeout', undefined, waitsBriefly, 'CompactBackupWaitTimeout'],
    ['partial', failed, {}, 'ShardsPartialFailed'],
  ] as const)(
    '%s=wait names what it waits for; =proceed settles it, and BR is told',
    (key, compactBackup, spec, reason) => {
      const world = createRestoreWorld({ spec });
      world.compactBackup = compactBackup;
      world.nowMs += 120_000;
      world.gatePolicy = { [key]: 'wait' };
      settle(world);
      endJob(world, 'snapshot-restore', 'Complete');
      expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'CompactBackup' });
      expect(conditionOf(world, 'Waiting')).toMatchObject({ reason });
      expect(eventReasons(world)).toContain('GateClosed');
      const annotations = { 'holdfast.dev/gate-policy': `${key}=proceed` };
      world.restore = { ...world.restore, metadata: { ...world.restore.metadata, annotations } };
      settle(world);
      expect(conditionOf(world, 'CompactSettled')).toMatchObject({ status: 'True', reason });
      expect(phaseAndStep(world)).toEqual(['LogRestore', 'log-restore']);
      expect(world.created[1]).toMatchObject({ step: 'log-restore', retainLatestMvccVersion: false });
    },
  );

  test('a partial compaction proceeds by default', () => {
    const world = started({}, failed);
    endJob(world, 'snapshot-restore', 'Complete');
    settle(world);
    expect(world.created[1]).toMatchObject({ step: 'log-restore', retainLatestMvccVersion: false });
  });
});

describe('the log half', () => {
  test.each([
    [
      'the Job fails after its pod wrote Running',
      (world: RestoreWorld) => endJob(world, 'log-restore', 'Failed'),
    ],
    [
      'the Job is deleted after its pod wrote Running',
      (world: RestoreWorld) => deleteJob(world, 'log-restore'),
    ],
  ])('%s, and no CompactBackup is left: the restore fails', (_name, happens) => {
    const world = inLogRestore();
    world.compactBackup = undefined;
    happens(world);
    expect(settle(world)).toMatchObject({ kind: 'Ended', outcome: 'Failed' });
    expect(phaseAndStep(world)).toEqual(['Failed', 'log-restore']);
    expect(conditionOf(world, 'Failed')).toMatchObject({ reason: 'LogRestoreFailed' });
    expect(eventReasons(world).at(-1)).toBe('LogRestoreFailed');
  });

  test('a Job deleted under a running pod is waited for', () => {
    const world = inLogRestore();
    deleteJob(world, 'log-restore', { podsToo: false });
    expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'PodsEnding' });
  });

  test('the failure that the pod wrote stands', () => {
    const world = inLogRestore();
    report(world, 'Failed');
    expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'LogRestoreRunning' });
    endJob(world, 'log-restore', 'Failed');
    expect(settle(world)).toMatchObject({ kind: 'Ended', outcome: 'Failed' });
    expect(conditionOf(world, 'Failed')).toMatchObject({ reason: 'FromPod', message: 'as BR said' });
    expect(world.events.at(-1)).toMatchObject({ reason: 'LogRestoreFailed', message: 'FromPod: as BR said' });
  });

  test('with a backoffLimit the words of the last pod are not lost', () => {
    const world = inLogRestore({ spec: { backoffLimit: 1 } });
    report(world, 'Running', { said: 'as BR said' });
    endJob(world, 'log-restore', 'Failed');
    settle(world);
    expect(conditionOf(world, 'Failed')?.message).toMatch(
      /^Job orders-log-restore failed: .*; its last pod said: as BR said$/,
    );
  });

  test('with a backoffLimit the next pod may still succeed', () => {
    const world = inLogRestore({ spec: { backoffLimit: 1 } });
    report(world, 'Failed');
    settle(world);
    report(world, 'Running');
    report(world, 'Complete');
    endJob(world, 'log-restore', 'Complete');
    expect(settle(world)).toMatchObject({ kind: 'Ended', outcome: 'Complete' });
  });

  test('a Job that is complete without a word of its pod gets a minute, then counts as done', () => {
    const world = inLogRestore();
    endJob(world, 'log-restore', 'Complete');
    world.nowMs += 15_000;
    expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'ManagerReport', recheckAfterMs: 45_000 });
    world.nowMs += 45_000;
    expect(settle(world)).toMatchObject({ kind: 'Ended', outcome: 'Complete' });
    expect(conditionOf(world, 'Complete')).toMatchObject({ reason: 'JobComplete' });
  });

  test('a complete Job that does not say since when counts as done', () => {
    const world = inLogRestore();
    world.jobs['log-restore'] = jobOf('log-restore', { ended: { type: 'Complete' } });
    expect(settle(world)).toMatchObject({ kind: 'Ended', outcome: 'Complete' });
  });

  test('a Job that is gone before its pod said anything is created again', () => {
    const world = started({}, COMPLETE);
    endJob(world, 'snapshot-restore', 'Complete');
    settle(world);
    deleteJob(world, 'log-restore');
    settle(world);
    expect(world.created.map(({ step }) => step)).toEqual(['snapshot-restore', 'log-restore', 'log-restore']);
  });

  test('a step that this version does not know is named', () => {
    const world = createRestoreWorld({ status: { phase: 'Running', replicationStep: 'verify' } });
    const message = 'status.replicationStep "verify" is unknown to this version';
    expect(settle(world)).toMatchObject({ kind: 'Await', summary: message });
    expect(conditionOf(world, 'Waiting')).toMatchObject({ reason: 'UnknownStep', message });
  });
});

test.each(['Complete', 'Failed', 'PruneComplete', 'PruneFailed'])(
  'a restore that is %s stays so, whatever happens to its cluster, its Jobs and its CompactBackup',
  (phase) => {
    const world = inLogRestore();
    endJob(world, 'log-restore', 'Complete');
    writeStatus(world, { ...world.restore.status, phase });
    const { length } = world.writes;
    for (const compactBackup of [undefined, RUNNING, COMPLETE]) {
      for (const obstacles of [[], [NO_CLUSTER], [GATE_CLOSED]]) {
        Object.assign(world, { compactBackup, obstacles, jobs: {} });
        expect(settle(world).kind).toBe('Ended');
      }
    }
    expect(world.writes).toHaveLength(length);
  },
);

describe('ending early', () => {
  const worlds: [string, () => RestoreWorld][] = [
    ['before the start', () => createRestoreWorld()],
    ['in the snapshot half', () => started()],
    ['in the log half', () => inLogRestore()],
    ['in a standard restore', () => started({ spec: { replicationConfig: undefined } })],
  ];

  test.each(worlds)('cancelled %s: Jobs stop, pods go, then it is Failed', (_name, createWorld) => {
    const world = createWorld();
    world.cancelled = 'cancelled by alex: wrong cluster';
    const first = decideRestore(seenIn(world));
    expect(first.kind).toBe(Object.keys(world.jobs).length > 0 ? 'StopJobs' : 'Write');
    world.jobs = {};
    const withPod = decideRestore(seenIn({ ...world, livePods: ['orders-x'] }));
    expect(withPod).toMatchObject({
      kind: 'StopJobs',
      summary: 'stopping orders-x: cancelled by alex: wrong cluster',
    });
    world.livePods = [];
    expect(settle(world)).toMatchObject({ kind: 'Ended', outcome: 'Failed' });
    expect(conditionOf(world, 'Failed')).toMatchObject({
      reason: 'RestoreCancelled',
      message: world.cancelled,
    });
    expect(eventReasons(world).at(-1)).toBe('RestoreFailed');
  });

  test('the pod that is stopped reports a failure: the reason is the cancel all the same', () => {
    const world = inLogRestore();
    world.cancelled = 'cancelled by alex';
    report(world, 'Failed');
    expect(decideRestore(seenIn(world))).toMatchObject({ kind: 'StopJobs', steps: ['log-restore'] });
    expect(settle(world)).toMatchObject({
      kind: 'Ended',
      outcome: 'Failed',
      summary: 'RestoreCancelled: cancelled by alex',
    });
  });

  test('a failure in the pod keeps its own reason over a late cancel', () => {
    const world = inLogRestore();
    report(world, 'Failed');
    endJob(world, 'log-restore', 'Failed');
    world.cancelled = 'too late';
    settle(world);
    expect(conditionOf(world, 'Failed')).toMatchObject({ reason: 'FromPod' });
  });

  test('what BR has done already is not lost to a late cancel', () => {
    const world = inLogRestore();
    endJob(world, 'log-restore', 'Complete');
    world.cancelled = 'too late';
    world.nowMs += 60_000;
    expect(settle(world)).toMatchObject({ kind: 'Ended', outcome: 'Complete' });
  });

  test('a snapshot that somebody restored again, in vain, does not keep a restore from being cancelled', () => {
    const world = started();
    endJob(world, 'snapshot-restore', 'Complete');
    settle(world);
    endJob(world, 'snapshot-restore', 'Failed');
    world.cancelled = 'cancelled by alex';
    settle(world);
    expect(conditionOf(world, 'Failed')).toMatchObject({ reason: 'RestoreCancelled' });
  });

  test('a failure keeps its own reason over a late cancel', () => {
    const world = started();
    endJob(world, 'snapshot-restore', 'Failed');
    world.cancelled = 'too late';
    settle(world);
    expect(conditionOf(world, 'Failed')).toMatchObject({ reason: 'SnapshotRestoreFailed' });
  });

  test.each(worlds)('deleted %s: Jobs stop, nothing is written', (_name, createWorld) => {
    const world = createWorld();
    const { length } = world.writes;
    const deletionTimestamp = '2026-11-21T10:30:00Z';
    world.restore = { ...world.restore, metadata: { ...world.restore.metadata, deletionTimestamp } };
    expect(settle(world)).toMatchObject({ kind: 'Ended', outcome: 'Deleted' });
    expect(world.writes).toHaveLength(length);
    expect(runningSteps(world)).toEqual([]);
  });
});

describe('a standard point-in-time restore', () => {
  const standard = { spec: { replicationConfig: undefined } };

  test('one Job, no gate', () => {
    const world = started(standard);
    expect(world.writes).toEqual(['status Scheduled/-', 'job standard']);
    report(world, 'Running');
    expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'RestoreRunning' });
    report(world, 'Complete', { commitTs: '4545' });
    endJob(world, 'standard', 'Complete');
    expect(settle(world)).toMatchObject({ kind: 'Ended', outcome: 'Complete' });
    expect(eventReasons(world)).toEqual(['RestoreStarted', 'RestoreComplete']);
  });

  test('it waits at the TiKV gate too', () => {
    const world = createRestoreWorld(standard);
    world.obstacles = [GATE_CLOSED];
    expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'Obstacle' });
    expect(world.created).toEqual([]);
  });

  test.each([
    [
      'fails',
      (world: RestoreWorld) => endJob(world, 'standard', 'Failed'),
      'Job restore-orders failed: BackoffLimitExceeded: Job has reached the specified backoff limit',
    ],
    [
      'is deleted while it runs',
      (world: RestoreWorld) => deleteJob(world, 'standard'),
      'Job restore-orders was deleted while the restore ran',
    ],
  ])('its Job %s: the restore fails', (_name, happens, message) => {
    const world = started(standard);
    report(world, 'Running');
    happens(world);
    settle(world);
    expect(conditionOf(world, 'Failed')).toMatchObject({ reason: 'RestoreFailed', message });
  });

  test('a complete Job without a word of its pod counts as done after a minute', () => {
    const world = started(standard);
    endJob(world, 'standard', 'Complete');
    world.nowMs += 60_000;
    expect(settle(world)).toMatchObject({ kind: 'Ended', outcome: 'Complete' });
  });
});

describe('spec.prune: afterFailed', () => {
  function failedWorld(): RestoreWorld {
    const world = started({ spec: { prune: 'afterFailed' } });
    endJob(world, 'snapshot-restore', 'Failed');
    return world;
  }

  test('runs the abort Job, also while the TiKV gate is closed, and the failure is told', () => {
    const world = failedWorld();
    world.obstacles = [GATE_CLOSED];
    expect(settle(world)).toMatchObject({ kind: 'Await', reason: 'PruneRunning' });
    expect(phaseAndStep(world)).toEqual(['PruneScheduled', 'snapshot-restore']);
    expect(conditionOf(world, 'PruneScheduled')).toMatchObject({ reason: 'RestoreFailedPruneScheduled' });
    expect(eventReasons(world)).toContain('SnapshotRestoreFailed');
    report(world, 'PruneRunning');
    report(world, 'PruneComplete');
    endJob(world, 'prune', 'Complete');
    expect(settle(world)).toMatchObject({ kind: 'Ended', outcome: 'Failed' });
  });

  test.each([
    ['the Job fails', (world: RestoreWorld) => endJob(world, 'prune', 'Failed'), 'PruneFailed'],
    ['the Job is deleted while it runs', (world: RestoreWorld) => deleteJob(world, 'prune'), 'PruneFailed'],
    [
      'the Job is complete, and its pod says nothing',
      (world: RestoreWorld) => {
        endJob(world, 'prune', 'Complete');
        world.nowMs += 60_000;
      },
      'PruneComplete',
    ],
  ])('%s: it ends %s', (_name, happens, phase) => {
    const world = failedWorld();
    settle(world);
    report(world, 'PruneRunning');
    happens(world);
    expect(settle(world)).toMatchObject({ kind: 'Ended', outcome: 'Failed' });
    expect(phaseAndStep(world)).toEqual([phase, 'snapshot-restore']);
  });

  test('a cancelled restore is aborted too', () => {
    const world = started({ spec: { prune: 'afterFailed' } });
    world.cancelled = 'cancelled by alex';
    settle(world);
    expect(world.created.map(({ step }) => step)).toEqual(['snapshot-restore', 'prune']);
    expect(eventReasons(world)).toContain('RestoreFailed');
  });

  test('what never started leaves nothing to abort', () => {
    const world = createRestoreWorld({ spec: { prune: 'afterFailed' } });
    world.cancelled = 'not now';
    settle(world);
    expect(world.writes).toEqual(['status Failed/-']);
  });
});
