import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '../../dev/processes/readiness.js';
import { nowMs } from '../machine.js';
import { untilSettled, type BenchWorld } from './bench-world.js';
import { failuresOf, recordOf, retryLatencyMs } from './failures.js';
import { readHistories } from './histories.js';
import type { ScriptedBackup } from './manifests.js';

const ROUNDS = 3;
/** Some retries are due while the worker is away or has just come back, the others when it has been back for a while. */
const BACKOFF_SECONDS = [3, 4, 5, 6, 7, 8, 9, 13, 14, 15, 16, 17, 18, 19];
const AWAY_MS = 3_000;
const WAITING_TIMEOUT_MS = 30_000;
const SETTLE_TIMEOUT_MS = 90_000;

/** A retry that waited while the worker was killed. */
export interface PendingRetry {
  /** From the end of the worker to the end of the backoff. */
  readonly dueAfterMs: number;
  /** From the end of the backoff to the event that shows the new Job. */
  readonly latenessMs: number;
}

export interface KilledWorker {
  readonly backups: readonly ScriptedBackup[];
  readonly pending: readonly PendingRetry[];
  /** From the end of the worker to its next start. */
  readonly awayMs: number;
  /** From that start until it says that it is ready, one value for each kill. */
  readonly startMs: readonly number[];
}

/** Kills the worker (SIGKILL) with retries pending, and starts it again after 3 s. */
export async function measureKilledWorker(world: BenchWorld): Promise<KilledWorker> {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await killOnce(world, round));
  return {
    backups: rounds.flatMap(({ backups }) => backups),
    pending: rounds.flatMap(({ pending }) => pending),
    awayMs: AWAY_MS,
    startMs: rounds.map(({ startMs }) => startMs),
  };
}

interface Round extends Pick<KilledWorker, 'backups' | 'pending'> {
  readonly startMs: number;
}

async function killOnce(world: BenchWorld, round: number): Promise<Round> {
  const backups = BACKOFF_SECONDS.map((backoffSeconds): ScriptedBackup => ({
    name: `killed${round}-${backoffSeconds}s`,
    failures: 1,
    backoffSeconds,
    failsAfterMs: 50,
    succeedsAfterMs: 50,
    failing: 'silent',
  }));
  await Promise.all(backups.map((backup) => world.createBackup(backup)));
  await untilWaiting(world, backups);
  const { killedAtMs, startMs } = await killWorker(world);
  await untilSettled(world, { names: backups.map(({ name }) => name), timeoutMs: SETTLE_TIMEOUT_MS });
  const pending = backups
    .flatMap((backup) => failuresOf(world.journal, backup))
    .map((failure) => ({
      dueAfterMs: failure.failedAtMs + failure.backoffMs - killedAtMs,
      latenessMs: retryLatencyMs(failure),
    }))
    .filter(({ dueAfterMs }) => dueAfterMs > 0);
  return { backups, pending, startMs };
}

async function killWorker({
  stack: { group },
}: BenchWorld): Promise<{ killedAtMs: number; startMs: number }> {
  await group.killHard('worker');
  const killedAtMs = nowMs();
  await delay(AWAY_MS);
  const startedAtMs = nowMs();
  await group.restart('worker');
  return { killedAtMs, startMs: nowMs() - startedAtMs };
}

/** The timers of all retries run: a worker that dies while it writes a record is another story. */
async function untilWaiting(
  { journal, temporal }: BenchWorld,
  backups: readonly ScriptedBackup[],
): Promise<void> {
  const names = backups.map(({ name }) => name);
  const isRecorded = (name: string) =>
    recordOf(journal.backups(name).at(-1)?.object.status.backoffRetryStatus, 1) !== undefined;
  const attempt = async () => {
    if (!names.every(isRecorded)) return false;
    const histories = await readHistories(temporal, { journal, names });
    return [...histories.values()].every((events) => events.some(({ kind }) => kind === 'TimerStarted'));
  };
  await waitUntil({ what: 'all retries wait', timeoutMs: WAITING_TIMEOUT_MS, attempt });
}
