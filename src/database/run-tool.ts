import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { BoundedText } from './bounded-text.js';
import { killProcess, programEnvironment } from './program-mark.js';

/** A program that is asked to end gets this long before SIGKILL. */
const STOP_GRACE_MS = 5_000;

export interface ToolFolder {
  /** Marks the program; see program-mark.ts. */
  readonly root: string;
  /** Where the output is kept, as `<name>.log`. */
  readonly run: string;
}

export interface ToolRun {
  /** Plain name, found by PATH. */
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: ToolFolder;
  /** Name of the log; absent: none is kept. */
  readonly logName?: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly cwd?: string;
  /** Beside PATH, LC_ALL and TZ. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: 5 s. */
  readonly stopGraceMs?: number;
}

export interface ToolResult {
  /** Absent where a signal ended it, or where it never started. */
  readonly exitCode?: number;
  readonly signal?: string;
  /** It was ended because its time was over. */
  readonly timedOut: boolean;
  /** No such program on this host, or it may not be run. */
  readonly missing: boolean;
  /** Bounded: the beginning and the end of long outputs. */
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

/**
 * Runs a program in a process group of its own, without a shell. Whatever happens, the group is gone when this returns:
 * SIGTERM, then SIGKILL, when the time is over or the signal aborts.
 * @throws the signal's reason where it was aborted; nothing else
 */
export async function runTool(run: ToolRun): Promise<ToolResult> {
  run.signal.throwIfAborted();
  const begunMs = performance.now();
  const child = startTool(run);
  const outputs = { stdout: new BoundedText(), stderr: new BoundedText() };
  child.stdout.on('data', (chunk: Buffer) => outputs.stdout.add(chunk));
  child.stderr.on('data', (chunk: Buffer) => outputs.stderr.add(chunk));
  const group = watchGroup({ pid: child.pid, run });
  const ended = await child;
  group.end();
  const result = {
    ...(ended.exitCode !== undefined && { exitCode: ended.exitCode }),
    ...(ended.signal !== undefined && { signal: ended.signal }),
    timedOut: group.timedOut(),
    missing: ended.code === 'ENOENT' || ended.code === 'EACCES',
    stdout: outputs.stdout.text(),
    stderr: outputs.stderr.text(),
    durationMs: performance.now() - begunMs,
  };
  await keepLog(run, result);
  run.signal.throwIfAborted();
  return result;
}

function startTool({ program, args, folder, cwd, env }: ToolRun) {
  return execa(program, args, {
    ...(cwd !== undefined && { cwd }),
    env: programEnvironment(folder.root, env),
    extendEnv: false,
    stdin: 'ignore',
    buffer: false,
    reject: false,
    // Leads its own group, which is ended as a whole.
    detached: true,
    cleanup: false,
  });
}

interface Group {
  readonly end: () => void;
  readonly timedOut: () => boolean;
}

/** Ends the group of `pid` when time is over or the signal aborts; `end` ends what the leader has left behind. */
export function watchGroup({
  pid,
  run,
}: {
  pid: number | undefined;
  run: Omit<ToolRun, 'program' | 'args'>;
}): Group {
  let timedOut = false;
  let killTimer: NodeJS.Timeout | undefined;
  const signalGroup = (signal: NodeJS.Signals) => {
    if (pid !== undefined) killProcess(-pid, signal);
  };
  const stop = () => {
    signalGroup('SIGTERM');
    killTimer ??= setTimeout(() => signalGroup('SIGKILL'), run.stopGraceMs ?? STOP_GRACE_MS);
  };
  const deadline = setTimeout(() => {
    timedOut = true;
    stop();
  }, run.timeoutMs);
  if (run.signal.aborted) stop();
  else run.signal.addEventListener('abort', stop, { once: true });
  const end = () => {
    clearTimeout(deadline);
    clearTimeout(killTimer);
    run.signal.removeEventListener('abort', stop);
    signalGroup('SIGKILL');
  };
  return { end, timedOut: () => timedOut };
}

async function keepLog({ folder, logName }: ToolRun, result: Pick<ToolResult, 'stdout' | 'stderr'>) {
  if (logName === undefined) return;
  await mkdir(folder.run, { recursive: true, mode: 0o700 });
  const { stdout, stderr } = result;
  await writeFile(join(folder.run, `${logName}.log`), stdout === '' ? stderr : `${stdout}\n${stderr}`, {
    mode: 0o600,
  });
}
