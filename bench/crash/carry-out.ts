import { setTimeout as delay } from 'node:timers/promises';
import type { HeldCall, HoldMatch } from '../../dev/hold-proxy/holds.js';
import { waitUntil } from '../../dev/processes/readiness.js';
import type { CrashWorld } from './crash-world.js';
import type { PlannedIncident } from './incident-plan.js';
import { stateOf, type IncidentState } from './incident-state.js';
import type { Aim, Strike } from './strike-plan.js';

const REACH_TIMEOUT_MS = 60_000;

/** Where an incident was when a blow fell. */
export interface Struck {
  readonly backup: string;
  readonly state: IncidentState;
}

export interface Blow {
  readonly strike: Strike;
  readonly struck: readonly Struck[];
}

const BACKUP_PATCH = { method: 'PATCH', path: /\/backups\/[^/]+$/ };
const CREATION_OF_RETRY = { method: 'POST', path: /\/jobs$/, body: /"holdfast\.dev\/attempt":"[1-9]/ };

/** The call at which an incident is in this state; waiting is no call. */
const CALLS: Readonly<Record<Exclude<Aim, 'waiting'>, HoldMatch>> = {
  'before record': {
    ...BACKUP_PATCH,
    body: /^(?!.*"phase":"Scheduled").*"backoffRetryStatus"/s,
    when: 'before',
  },
  'deleted-not-created': { ...CREATION_OF_RETRY, when: 'before' },
  'created-unconfirmed': { ...CREATION_OF_RETRY, when: 'after' },
};

/** Starts the incidents of a strike, waits for its moment, strikes, and brings the victim back. */
export async function carryOut(
  world: CrashWorld,
  { strike, begun }: { strike: Strike; begun: readonly PlannedIncident[] },
): Promise<Blow> {
  const { aim, incidents } = strike;
  const hold = aim === undefined || aim === 'waiting' ? undefined : world.proxy.holdNext(CALLS[aim]);
  const look = () => statesOf(world, begun);
  await Promise.all(incidents.map((incident) => world.begin(incident)));
  let held: string | undefined;
  if (aim === undefined) await delay(strike.momentMs);
  else if (hold === undefined) await until(aim, () => look().some(({ state }) => state === 'waiting'));
  else held = await backupOf(hold.held, aim);
  await strikeDown(world, strike);
  const struck = look().map((one) =>
    one.backup === held && aim !== undefined ? { ...one, state: aim } : one,
  );
  hold?.drop(); // its client is gone: it goes nowhere
  await bringBack(world, strike);
  return { strike, struck };
}

function statesOf({ history }: CrashWorld, begun: readonly PlannedIncident[]): Struck[] {
  return begun.flatMap(({ name }) => {
    const state = stateOf(history.of(name));
    return state === undefined ? [] : [{ backup: name, state }];
  });
}

/** Whose call was caught. */
async function backupOf(held: Promise<HeldCall>, aim: Aim): Promise<string> {
  let call: HeldCall | undefined;
  void held.then((caught) => (call = caught));
  await until(aim, () => call !== undefined);
  const { path = '', body = '' } = call ?? {};
  return /\/backups\/([^/]+)$/.exec(path)?.[1] ?? /"name":"backup-([^"]+)-log-start"/.exec(body)?.[1] ?? '';
}

function until(aim: Aim, attempt: () => boolean): Promise<void> {
  const what = `no incident was in the state "${aim}"`;
  return waitUntil({ what, timeoutMs: REACH_TIMEOUT_MS, attempt: () => Promise.resolve(attempt()) });
}

async function strikeDown({ stack: { group } }: CrashWorld, { victim, how }: Strike): Promise<void> {
  if (how === 'freeze') group.kill(victim, 'SIGSTOP');
  else await group.killHard(victim);
}

async function bringBack({ stack: { group } }: CrashWorld, { victim, how, awayMs }: Strike): Promise<void> {
  await delay(awayMs);
  if (how === 'freeze') group.kill(victim, 'SIGCONT');
  else await group.restart(victim);
}
