import { markdownTable } from '../markdown-table.js';
import type { Blow } from './carry-out.js';
import type { IncidentState } from './incident-state.js';
import { AIMS, VICTIMS } from './strike-plan.js';

const STATES: readonly IncidentState[] = [...AIMS, 'running'];

/** How many incidents were in which state when which server was struck, and how many kills were aimed at it. */
export function strikeTable(blows: readonly Blow[]): string {
  const columns = VICTIMS.flatMap((victim) => (['kill', 'freeze'] as const).map((how) => ({ victim, how })));
  const headers = ['incidents', ...columns.map(({ victim, how }) => `${victim} ${how}`), 'aimed kills'];
  const countOf = (state: IncidentState, { victim, how }: (typeof columns)[number]) =>
    blows
      .filter(({ strike }) => strike.victim === victim && strike.how === how)
      .flatMap(({ struck }) => struck)
      .filter((one) => one.state === state).length;
  const rows = STATES.map((state) => [
    state,
    ...columns.map((column) => String(countOf(state, column))),
    String(blows.filter(({ strike }) => strike.aim === state).length),
  ]);
  const strikes = columns.map(
    ({ victim, how }) => blows.filter(({ strike }) => strike.victim === victim && strike.how === how).length,
  );
  return markdownTable(headers, [...rows, ['strikes', ...strikes.map(String), '']]);
}
