import type { Meaning } from './panels.js';

/** What the reader has chosen, as matchers. `cluster` is on every series that derives from objects or plans. */
const CLUSTER = 'cluster=~"$cluster"';
export const OF_CLUSTER = CLUSTER;
export const OF_BACKUP = `${CLUSTER}, namespace=~"$namespace", backup=~"$backup"`;
export const OF_RESTORE = `${CLUSTER}, namespace=~"$namespace", restore=~"$restore"`;
export const OF_PLAN = `${CLUSTER}, plan=~"$plan"`;

export const BY_BACKUP = 'cluster, namespace, backup';
export const BY_RESTORE = 'cluster, namespace, restore';
export const BY_PLAN = 'cluster, plan';

/** One value for each object, however many workers tell it: after a failover two do for a moment. */
export function oneOf(by: string, gauge: string): string {
  return `max by (${by}) (${gauge})`;
}

/** How long ago that was, in seconds; per object, by the worker that knows the latest. */
export function ageOf(by: string, timestamp: string): string {
  return `time() - ${oneOf(by, timestamp)}`;
}

/** A time for Grafana, which counts in milliseconds. */
export function asDate(by: string, timestamp: string): string {
  return `${oneOf(by, timestamp)} * 1000`;
}

/**
 * A gauge that is 1 for the label value that holds (and 0 or absent for the others), as one number for each object: that
 * of the meaning whose text is the label's value.
 */
export function asNumber(options: {
  by: string;
  metric: string;
  selector: string;
  label: string;
  meanings: readonly Meaning[];
}): string {
  const { by, metric, selector, label, meanings } = options;
  const terms = meanings.map(({ value, text }) => `${metric}{${selector}, ${label}="${text}"} * ${value}`);
  return oneOf(by, terms.join(' or '));
}

/** A series of the drill observer, of the chosen plans. @param name without `holdfast_drill_` */
export function drillGauge(name: string): string {
  return `holdfast_drill_${name}{${OF_PLAN}}`;
}
