import type { PlannedIncident } from './incident-plan.js';
import type { SeededRandom } from '../../dev/seeded-random.js';

/** As the servers are called in their process group. */
export const VICTIMS = ['worker', 'temporal', 'kube-apiserver', 'etcd'] as const;
export type Victim = (typeof VICTIMS)[number];

/** The states in which the worker is killed on purpose. */
export const AIMS = ['before record', 'waiting', 'deleted-not-created', 'created-unconfirmed'] as const;
export type Aim = (typeof AIMS)[number];

/** One server is killed, or frozen for a while. */
export interface Strike {
  readonly victim: Victim;
  readonly how: 'kill' | 'freeze';
  /** The state in which an incident must be then; only for a kill of the worker. */
  readonly aim?: Aim;
  /** From the start of its incidents to the blow, where it is not aimed, milliseconds. */
  readonly momentMs: number;
  /** How long the victim stays away, milliseconds. */
  readonly awayMs: number;
  /** Incidents that begin before it. */
  readonly incidents: readonly PlannedIncident[];
}

export interface StrikeWish {
  readonly incidents: number;
  /** Kills of the worker in each state. */
  readonly aimedKills: number;
  /** Kills at any moment, and freezes, of each victim. */
  readonly rounds: number;
  readonly freezeMs: number;
}

const MAX_MOMENT_MS = 3_000;
const MAX_AWAY_MS = 1_500;

/** Everything that is left to chance, decided before anything runs. */
export function planStrikes(wish: StrikeWish, random: SeededRandom): Strike[] {
  const aimed = AIMS.flatMap((aim) =>
    repeat(wish.aimedKills, { victim: 'worker', how: 'kill', aim } as const),
  );
  const chance = VICTIMS.flatMap((victim) => [
    ...repeat(wish.rounds, { victim, how: 'kill' } as const),
    ...repeat(wish.rounds, { victim, how: 'freeze' } as const),
  ]);
  const blows = random.shuffle<Pick<Strike, 'victim' | 'how' | 'aim'>>([...aimed, ...chance]);
  const incidents = planIncidents(wish.incidents, random);
  return blows.map((blow, index) => ({
    ...blow,
    momentMs: random.integer(0, MAX_MOMENT_MS + 1),
    awayMs: blow.how === 'freeze' ? wish.freezeMs : random.integer(0, MAX_AWAY_MS + 1),
    incidents: shareOf(incidents, { index, shares: blows.length }),
  }));
}

/** One in five uses up its budget. */
function planIncidents(count: number, random: SeededRandom): PlannedIncident[] {
  return Array.from({ length: count }, (_, index) => {
    const maxRetries = random.integer(2, 4);
    return {
      name: `crash-${String(index).padStart(3, '0')}`,
      maxRetries,
      failures: index % 5 === 4 ? maxRetries + 1 : random.integer(1, maxRetries + 1),
      baseSeconds: random.integer(1, 3),
      runsMs: random.integer(0, 2_001),
    };
  });
}

function repeat<T>(times: number, value: T): T[] {
  return Array.from({ length: times }, () => value);
}

function shareOf<T>(values: readonly T[], { index, shares }: { index: number; shares: number }): T[] {
  const cut = (share: number) => Math.round((share * values.length) / shares);
  return values.slice(cut(index), cut(index + 1));
}
