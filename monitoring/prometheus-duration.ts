import { z } from 'zod';

const UNIT_SECONDS = { d: 86_400, h: 3_600, m: 60, s: 1 };
const PARTS = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

/** Whole seconds in Prometheus' notation: `90s`, `15m`, `6h`, `8d`, `1h30m`. */
export const prometheusDuration = z
  .string()
  .refine((text) => secondsOrUndefined(text) !== undefined, 'a duration such as 90s, 15m, 6h, 8d or 1h30m');

/** @throws Error for what `prometheusDuration` refuses */
export function secondsOf(duration: string): number {
  const seconds = secondsOrUndefined(duration);
  if (seconds === undefined) throw new Error(`not a duration of Prometheus: ${duration}`);
  return seconds;
}

function secondsOrUndefined(text: string): number | undefined {
  const match = PARTS.exec(text);
  if (match === null || text === '') return undefined;
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = match;
  const { d, h, m } = UNIT_SECONDS;
  return Number(days) * d + Number(hours) * h + Number(minutes) * m + Number(seconds);
}
