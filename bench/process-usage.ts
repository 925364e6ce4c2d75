import { readFile } from 'node:fs/promises';
import type { ProcessGroup } from '../dev/processes/process-group.js';

/** Linux counts the time of processes in hundredths of a second, whatever the kernel's own tick is. */
const TICK_MS = 10;

/** What one process has used so far. Children are not counted. */
export interface ProcessUsage {
  readonly cpuMs: number;
  readonly rssMiB: number;
  /** The largest it has been. */
  readonly peakRssMiB: number;
}

/** @throws Error when there is no such process, or no /proc */
export async function usageOf(pid: number): Promise<ProcessUsage> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  // The second field is the program's name in parentheses, which may hold blanks; user and system time are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const mebibytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1_024;
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    rssMiB: mebibytes('VmRSS'),
    peakRssMiB: mebibytes('VmHWM'),
  };
}

/** Of all that runs in the group, by name. */
export async function usageOfServers(group: ProcessGroup): Promise<ReadonlyMap<string, ProcessUsage>> {
  const running = group.status().filter(({ alive }) => alive);
  return new Map(
    await Promise.all(running.map(async ({ name, pid }) => [name, await usageOf(pid)] as const)),
  );
}

/** CPU time of each server between two looks, milliseconds, by name. */
export function cpuSince(
  before: ReadonlyMap<string, ProcessUsage>,
  after: ReadonlyMap<string, ProcessUsage>,
): ReadonlyMap<string, number> {
  return new Map(
    [...after].map(([name, { cpuMs }]) => [name, cpuMs - (before.get(name)?.cpuMs ?? 0)] as const),
  );
}
