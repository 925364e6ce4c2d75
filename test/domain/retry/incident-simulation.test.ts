import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Backup } from '../../../src/domain/backup/backup.js';
import { statusWithLogCondition, statusWithoutLogCondition } from '../../../src/domain/backup/log-status.js';
import type { Job } from '../../../src/domain/kubernetes/job.js';
import { decide } from '../../../src/domain/retry/decide.js';
import type { Decision } from '../../../src/domain/retry/decision.js';
import { appendRecord, markRetried, recordOf } from '../../../src/domain/retry/records.js';
import { toRfc3339Seconds } from '../../../src/domain/time.js';
import { exampleBackup, exampleJob, NOW_MS } from './example-backup.js';

/** How each run of the Job ends. */
type RunEnd = 'failed' | 'deleted' | 'complete';

interface Run {
  readonly end: RunEnd;
  readonly durationMs: number;
}

interface Story {
  readonly maxRetryTimes: number;
  readonly baseMs: number;
  readonly timeoutMs: number;
  readonly runs: readonly Run[];
}

interface World {
  backup: Backup;
  job: Job | undefined;
  nowMs: number;
  startedAtMs: number[];
}

/** The slow, obvious model: how many retries start, and how it ends. */
function model({ maxRetryTimes, baseMs, timeoutMs, runs }: Story): { retries: number; end: string } {
  let nowMs = NOW_MS;
  let firstFailedMs: number | undefined;
  for (let retries = 0; ; retries += 1) {
    const run = runs[retries] ?? { end: 'complete', durationMs: 1_000 };
    nowMs += run.durationMs;
    if (run.end === 'complete') return { retries, end: retries === 0 ? 'Healthy' : 'Settled' };
    firstFailedMs ??= Math.floor(nowMs / 1_000) * 1_000;
    if (retries >= maxRetryTimes) return { retries, end: 'RetryExhausted' };
    let delayMs = baseMs;
    for (let doubling = 0; doubling < retries; doubling += 1) delayMs += delayMs;
    if (nowMs + delayMs > firstFailedMs + timeoutMs) return { retries, end: 'RetryTimeout' };
    nowMs += delayMs;
  }
}

/** The same story, told by the decision function: what the activities do with each decision, in memory. */
function play(story: Story): { retries: number; end: string; world: World } {
  const backoffRetryPolicy = {
    maxRetryTimes: story.maxRetryTimes,
    minRetryDuration: `${story.baseMs}ms`,
    retryTimeout: `${story.timeoutMs}ms`,
  };
  const world: World = {
    backup: exampleBackup({ spec: { backoffRetryPolicy } }),
    job: undefined,
    nowMs: NOW_MS,
    startedAtMs: [],
  };
  for (let steps = 0; steps < 1_000; steps += 1) {
    const decision = decide({
      backup: world.backup,
      job: world.job,
      operatorPresent: false,
      nowMs: world.nowMs,
    });
    const end = apply(world, decision, story);
    if (end !== undefined) return { retries: world.startedAtMs.length - 1, end, world };
  }
  throw new Error('the story does not end');
}

function apply(world: World, decision: Decision, { runs }: Story): string | undefined {
  switch (decision.kind) {
    case 'CreateFirstJob':
      start(world, 0);
      endRun(world, runs[0]);
      return undefined;
    case 'Record': {
      annotate(world, decision.incident);
      world.backup.status.backoffRetryStatus = appendRecord(
        world.backup.status.backoffRetryStatus,
        recordOf(decision, 'whatever'),
      );
      world.nowMs = decision.dueMs;
      return undefined;
    }
    case 'Retry':
      world.backup.status.backoffRetryStatus = markRetried(
        world.backup.status.backoffRetryStatus,
        world.nowMs,
      );
      start(world, decision.retryNum);
      endRun(world, runs[decision.retryNum]);
      return undefined;
    case 'Settle':
      annotate(world, { ...decision.incident, state: 'settled' });
      return 'Settled';
    case 'EndBadly':
      annotate(world, decision.incident);
      return decision.reason;
    case 'Leave':
      return decision.reason;
    default:
      throw new Error(`unexpected ${decision.kind}`);
  }
}

function start(world: World, attempt: number): void {
  const command = 'log-start' as const;
  const cleared = statusWithoutLogCondition(world.backup.status, { command, type: 'Failed' });
  world.backup.status = statusWithLogCondition(cleared, {
    command,
    type: 'Running',
    now: toRfc3339Seconds(world.nowMs),
  });
  world.job = exampleJob({ uid: `job-${attempt}` });
  world.startedAtMs.push(world.nowMs);
}

function endRun(world: World, run: Run = { end: 'complete', durationMs: 1_000 }): void {
  world.nowMs += run.durationMs;
  const now = toRfc3339Seconds(world.nowMs);
  const uid = world.job?.metadata.uid ?? '';
  if (run.end === 'deleted') {
    world.job = undefined;
  } else {
    const type = run.end === 'failed' ? 'Failed' : 'Complete';
    world.job = exampleJob({ uid, condition: type, endedAt: now });
    world.backup.status = statusWithLogCondition(world.backup.status, { command: 'log-start', type, now });
  }
}

function annotate(world: World, incident: object): void {
  world.backup.metadata.annotations = { 'holdfast.dev/incident': JSON.stringify(incident) };
}

const story: fc.Arbitrary<Story> = fc.record({
  maxRetryTimes: fc.integer({ min: 1, max: 8 }),
  baseMs: fc.integer({ min: 1, max: 120_000 }),
  timeoutMs: fc.integer({ min: 1_000, max: 7_200_000 }),
  runs: fc.array(
    fc.record({
      end: fc.constantFrom<RunEnd>('failed', 'failed', 'failed', 'deleted', 'complete'),
      durationMs: fc.integer({ min: 0, max: 60_000 }),
    }),
    { maxLength: 12 },
  ),
});

test('every story ends as the obvious model says, with as many retries', () => {
  fc.assert(
    fc.property(story, (told) => {
      const { retries, end } = play(told);
      const expected = model(told);
      expect({ retries, end }).toEqual(
        expected.end === 'Healthy' ? { retries: 0, end: 'Healthy' } : expected,
      );
    }),
    { numRuns: 500 },
  );
});

test('records count from 1, one for each retry, and no retry starts before its displayed time', () => {
  fc.assert(
    fc.property(story, (told) => {
      const { retries, world } = play(told);
      const records = world.backup.status.backoffRetryStatus ?? [];
      expect(records.map(({ retryNum }) => retryNum)).toEqual(
        Array.from({ length: retries }, (_, index) => index + 1),
      );
      for (const [index, record] of records.entries()) {
        const startedMs = world.startedAtMs[index + 1] ?? Number.NaN;
        expect(startedMs).toBeGreaterThanOrEqual(Date.parse(record.expectedRetryAt ?? ''));
      }
    }),
    { numRuns: 500 },
  );
});

test('looking again never changes what was decided: a nudge may repeat', () => {
  fc.assert(
    fc.property(story, (told) => {
      const { world } = play(told);
      const look = () =>
        decide({ backup: world.backup, job: world.job, operatorPresent: false, nowMs: world.nowMs });
      expect(look()).toEqual(look());
      expect(['Leave']).toContain(look().kind);
    }),
    { numRuns: 300 },
  );
});
