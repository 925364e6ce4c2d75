import { waitUntil } from '../../dev/processes/readiness.js';
import { readIncident } from '../../src/domain/retry/read-incident.js';
import { carryOut, type Blow } from './carry-out.js';
import { openCrashWorld, type CrashWorld, type CrashWorldOptions } from './crash-world.js';
import type { PlannedIncident } from './incident-plan.js';
import { violationsOf } from './invariants.js';
import type { Strike } from './strike-plan.js';

export interface CrashRunOptions extends CrashWorldOptions {
  readonly strikes: readonly Strike[];
  /** For all incidents to end, after the last strike. */
  readonly endTimeoutMs: number;
}

export interface CrashRun {
  readonly blows: readonly Blow[];
  readonly violations: readonly string[];
}

/** Plays the incidents under all strikes and judges their histories. @throws when a server does not come back */
export async function runCrashes(options: CrashRunOptions): Promise<CrashRun> {
  const world = await openCrashWorld(options);
  try {
    const begun: PlannedIncident[] = [];
    const blows: Blow[] = [];
    for (const [index, strike] of options.strikes.entries()) {
      begun.push(...strike.incidents);
      options.say?.(`strike ${index + 1} of ${options.strikes.length}: ${nameOf(strike)}`);
      blows.push(await carryOut(world, { strike, begun }));
    }
    options.say?.('waiting for the incidents to end');
    const open = await untilEnded(world, { begun, timeoutMs: options.endTimeoutMs });
    await world.history.caughtUp();
    return { blows, violations: [...open, ...judge(world, begun)] };
  } finally {
    await world.stop();
  }
}

function judge({ history }: CrashWorld, begun: readonly PlannedIncident[]): string[] {
  return begun.flatMap((incident) => violationsOf(incident, history.of(incident.name)));
}

/** What did not end in time is no reason not to judge the rest. */
async function untilEnded(
  { history }: CrashWorld,
  { begun, timeoutMs }: { begun: readonly PlannedIncident[]; timeoutMs: number },
): Promise<string[]> {
  const isOpen = ({ name }: PlannedIncident) => {
    const backup = history.latest(name);
    return backup === undefined || readIncident(backup)?.state !== 'settled';
  };
  try {
    await waitUntil({
      what: 'not all incidents ended',
      timeoutMs,
      intervalMs: 100,
      attempt: () => Promise.resolve(!begun.some(isOpen)),
    });
    return [];
  } catch (failure) {
    const names = begun.filter(isOpen).map(({ name }) => name);
    return [`${failure instanceof Error ? failure.message : String(failure)}: ${names.join(', ')}`];
  }
}

function nameOf({ how, victim, aim }: Strike): string {
  return aim === undefined ? `${how} ${victim}` : `${how} ${victim} in the state "${aim}"`;
}
