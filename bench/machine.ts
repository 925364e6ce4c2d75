import { availableParallelism, cpus, loadavg } from 'node:os';

/** What the machine was doing at one moment. */
export interface MachineMoment {
  /** Load average of the last minute. */
  readonly load: number;
  /** Time of all cores since boot, milliseconds. */
  readonly busyMs: number;
  readonly idleMs: number;
}

export function lookAtMachine(): MachineMoment {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (select: (time: (typeof times)[number]) => number) =>
    times.reduce((total, time) => total + select(time), 0);
  return {
    load: loadavg()[0] ?? 0,
    busyMs: sum(({ user, nice, sys, irq }) => user + nice + sys + irq),
    idleMs: sum(({ idle }) => idle),
  };
}

/** How much of all cores was in use between two moments, by us and by everybody else, percent. */
export function busyPercent(before: MachineMoment, after: MachineMoment): number {
  const busyMs = after.busyMs - before.busyMs;
  return (100 * busyMs) / (busyMs + after.idleMs - before.idleMs);
}

export function describeMachine(): string {
  return `${availableParallelism()} cores, Node ${process.versions.node}, ${process.platform}/${process.arch}`;
}

/** Epoch milliseconds with their fraction, from one clock that never jumps. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
