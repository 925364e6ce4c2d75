import { describe, expect, test } from 'vitest';
import { run, type BackupStartArguments } from '../../../src/cli/commands/backup-start.js';
import type { TemporalAccess } from '../../../src/cli/temporal-access.js';
import type { SuperviseBackupInput } from '../../../src/domain/retry/supervise-input.js';
import {
  BACKUP_PATH,
  backupObject,
  cliWorld,
  exhausted,
  healthyStatus,
  JOB_PATH,
  jobObject,
  NOW_MS,
} from '../cli-world.js';

const backup = { namespace: 'prod', name: 'orders' };
const args: BackupStartArguments = { backup, timeout: 60_000, output: 'table' };
const waiting: BackupStartArguments = { ...args, wait: true };
const complete = jobObject({ ended: { type: 'Complete', at: '2026-11-21T10:30:01Z' } });

function endingAs(outcome: Awaited<ReturnType<TemporalAccess['outcomeOf']>>): Partial<TemporalAccess> {
  return { outcomeOf: async () => outcome };
}

test('the workflow is started as the watch starts it, and its id and link are printed', async () => {
  const started: { input: SuperviseBackupInput; taskQueue: string }[] = [];
  const { deps, data } = cliWorld({
    objects: { [BACKUP_PATH]: backupObject() },
    environment: { HOLDFAST_TEMPORAL_UI: 'http://127.0.0.1:8233/', HOLDFAST_TASK_QUEUE: 'blue' },
    temporal: {
      supervise: async (start) => {
        started.push(start);
        return { workflowId: 'backup/prod/orders/0b7c1f5e', runId: 'run-1' };
      },
    },
  });
  expect(await run(args, deps)).toBe(0);
  expect(started).toEqual([
    {
      input: {
        cluster: 'prod-eu',
        clusterUid: 'kube-uid',
        namespace: 'prod',
        name: 'orders',
        uid: '0b7c1f5e',
      },
      taskQueue: 'blue',
    },
  ]);
  expect(`\n${data()}\n`).toMatchInlineSnapshot(`
    "
    WORKFLOW ID   backup/prod/orders/0b7c1f5e
    RUN           run-1
    TASK QUEUE    blue
    WEB UI        http://127.0.0.1:8233/namespaces/default/workflows/backup%2Fprod%2Forders%2F0b7c1f5e/run-1/history
    NEXT ACTION   create the first Job (log-start)
    "
  `);
});

test('a dry run starts nothing and needs no Temporal', async () => {
  const { deps, data, said } = cliWorld({
    objects: { [BACKUP_PATH]: backupObject() },
    temporal: new Error('must not be reached'),
  });
  expect(await run({ ...args, dryRun: true, output: 'json' }, deps)).toBe(0);
  expect(JSON.parse(data())).toEqual({
    workflowId: 'backup/prod/orders/0b7c1f5e',
    taskQueue: 'holdfast',
    nextAction: 'create the first Job (log-start)',
  });
  expect(said).toEqual(['dry run: nothing was started']);
});

test('a Backup that does not exist is exit code 6', async () => {
  const { deps } = cliWorld();
  await expect(run(args, deps)).rejects.toMatchObject({
    exitCode: 6,
    message: expect.stringMatching(
      /^Backup prod\/orders does not exist on https:\/\/kubernetes.internal:6443/,
    ),
  });
});

test('a Backup of another mode is refused with exit code 7', async () => {
  const { deps } = cliWorld({
    objects: { [BACKUP_PATH]: backupObject({ spec: { backupMode: 'volume-snapshot' } }) },
  });
  await expect(run(args, deps)).rejects.toMatchObject({ exitCode: 7 });
});

describe('with --wait the exit code says how it ended', () => {
  test.each([
    ['Succeeded', 0],
    ['Failed', 1],
    ['Invalid', 2],
  ] as const)('%s is exit code %i', async (outcome, exitCode) => {
    const { deps, said } = cliWorld({
      objects: { [BACKUP_PATH]: backupObject(), [JOB_PATH]: jobObject() },
      temporal: endingAs({ outcome, summary: 'because' }),
    });
    expect(await run(waiting, deps)).toBe(exitCode);
    expect(said.at(-1)).toBe(`${outcome}: because`);
  });

  test('a run that has not ended in time is exit code 5', async () => {
    const { deps, data } = cliWorld({
      objects: { [BACKUP_PATH]: backupObject() },
      temporal: endingAs(undefined),
    });
    expect(await run({ ...waiting, output: 'json' }, deps)).toBe(5);
    expect(JSON.parse(data())).toMatchObject({
      runId: 'run-1',
      verdict: { exitCode: 5, outcome: 'TimedOut' },
    });
  });

  test('after a first Job was created, the Backup itself is waited for', async () => {
    const world = cliWorld({
      objects: { [BACKUP_PATH]: backupObject(), [JOB_PATH]: jobObject() },
      temporal: endingAs({ outcome: 'Started', summary: 'Job created' }),
    });
    const { deps } = world;
    const pause = async (durationMs: number) => {
      await deps.pause(durationMs);
      if (deps.now() < NOW_MS + 5_000) return;
      world.objects[BACKUP_PATH] = backupObject({ status: healthyStatus() });
      world.objects[JOB_PATH] = complete;
    };
    expect(await run(waiting, { ...deps, pause })).toBe(0);
    expect(world.said.at(-1)).toBe('Succeeded: the backup is healthy, phase Running');
  });

  test('a Job that goes on running is exit code 5', async () => {
    const { deps, said } = cliWorld({
      objects: { [BACKUP_PATH]: backupObject(), [JOB_PATH]: jobObject() },
      temporal: endingAs({ outcome: 'Started', summary: 'Job created' }),
    });
    expect(await run(waiting, deps)).toBe(5);
    expect(deps.now()).toBe(NOW_MS + 60_000);
    expect(said.at(-1)).toBe('TimedOut: not settled in time, the work goes on: the Job runs');
  });

  test('nothing to do because an incident has ended badly is exit code 1', async () => {
    const ended = exhausted();
    const { deps } = cliWorld({
      objects: { [BACKUP_PATH]: ended.backup, [JOB_PATH]: ended.job },
      temporal: endingAs({ outcome: 'Left', summary: 'the incident is settled' }),
    });
    expect(await run(waiting, deps)).toBe(1);
  });

  test('a Backup that is deleted meanwhile is exit code 6', async () => {
    const world = cliWorld({
      objects: { [BACKUP_PATH]: backupObject() },
      temporal: {
        outcomeOf: async () => {
          delete world.objects[BACKUP_PATH];
          return { outcome: 'Left', summary: 'the Backup does not exist any more' };
        },
      },
    });
    expect(await run(waiting, world.deps)).toBe(6);
  });
});
