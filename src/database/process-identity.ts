import { readFile } from 'node:fs/promises';
import { execa } from 'execa';

/** One process for ever: a pid alone is given to another program sooner or later. */
export interface ProcessIdentity {
  pid: number;
  /** When the process started, in the unit of the operating system (clock ticks since boot, or a date). Opaque. */
  startTime: string;
}

/** The identity of a running process; `undefined` when no process has that pid or when it has ended but was not waited for. */
export async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  const startTime = process.platform === 'linux' ? await linuxStartTime(pid) : await portableStartTime(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/** The identity of this very process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const identity = await identityOf(process.pid);
  if (identity === undefined) throw new Error(`cannot read the start time of process ${process.pid}`);
  return identity;
}

/** True while exactly this process runs; a successor with the same pid does not count. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await identityOf(identity.pid))?.startTime === identity.startTime;
}

async function linuxStartTime(pid: number): Promise<string | undefined> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  } catch (failure) {
    // ESRCH: the process ended between open and read.
    if (isSystemError(failure, 'ENOENT') || isSystemError(failure, 'ESRCH')) return undefined;
    throw failure;
  }
  // The command in field 2 may contain blanks and parentheses: count from the last ')'. State is field 3, start time field 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

async function portableStartTime(pid: number): Promise<string | undefined> {
  const { stdout, exitCode } = await execa('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    reject: false,
  });
  const [, state, startTime] = /^(\S+)\s+(.+)$/.exec(stdout.trim()) ?? [];
  return exitCode === 0 && !state?.startsWith('Z') ? startTime : undefined;
}

/** True for an error of Node's own calls with this code, for example `ENOENT`. */
export function isSystemError(failure: unknown, code: string): boolean {
  return failure instanceof Error && 'code' in failure && failure.code === code;
}
