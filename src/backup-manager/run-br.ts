import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { brErrorIn } from '../domain/br-error.js';
import { lastMeaningfulLine } from '../domain/retry/evidence.js';
import { hideSecretsOf } from './secret-values.js';

/**
 * BR gets this long to end by itself after SIGTERM; the rest of the pod's grace is for writing the status. Pods of
 * restores have 10 s in all.
 */
const STOP_GRACE_MS = 6_000;
/** Of the output, this much is kept for finding the error. */
const TAIL_LINES = 200;

/** Jobs set it, people who start the program by hand do not: BR would log to a file of its own. */
const LOG_TO_TERMINAL = { BR_LOG_TO_TERM: '1' };

export interface BrRun {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Asks BR to end (SIGTERM, later SIGKILL). */
  readonly stopping: AbortSignal;
  /** Sees each line of both outputs as BR printed it. */
  readonly onLine: (line: string) => void;
  readonly output: { readonly stdout: Writable; readonly stderr: Writable };
}

/** `failure` is one line for people, without secrets; absent where BR succeeded. */
export interface BrResult {
  readonly failure?: string;
}

/** Runs BR, passing its output on line by line with secrets removed. Never throws. */
export async function runBr(run: BrRun): Promise<BrResult> {
  const env = { ...LOG_TO_TERMINAL, ...run.env };
  const child = spawn(run.path, run.args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = endOf(child);
  const hideSecrets = hideSecretsOf(run.env);
  const tail: string[] = [];
  const onLine = (line: string) => {
    tail.push(hideSecrets(line));
    if (tail.length > TAIL_LINES) tail.shift();
    run.onLine(line);
  };
  const stop = () => stopProcess(child);
  if (run.stopping.aborted) stop();
  else run.stopping.addEventListener('abort', stop, { once: true });
  await Promise.all([
    passOn(child.stdout, { to: run.output.stdout, onLine, hideSecrets }),
    passOn(child.stderr, { to: run.output.stderr, onLine, hideSecrets }),
    ended,
  ]);
  run.stopping.removeEventListener('abort', stop);
  return resultOf(await ended, { tail, stopped: run.stopping.aborted });
}

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: Error;
}

function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

function stopProcess(child: ChildProcess): void {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
  child.once('close', () => clearTimeout(timer));
}

interface Passage {
  readonly to: Writable;
  readonly onLine: (line: string) => void;
  readonly hideSecrets: (text: string) => string;
}

async function passOn(from: Readable, { to, onLine, hideSecrets }: Passage): Promise<void> {
  for await (const line of createInterface({ input: from, crlfDelay: Infinity })) {
    onLine(line);
    to.write(`${hideSecrets(line)}\n`);
  }
}

function resultOf(
  { code, signal, error }: End,
  { tail, stopped }: { tail: readonly string[]; stopped: boolean },
): BrResult {
  if (error !== undefined) return { failure: `BR could not be started: ${error.message}` };
  if (code === 0) return {};
  const end = code === null ? `BR was killed by ${signal ?? 'a signal'}` : `BR exited with code ${code}`;
  const reason = brErrorIn(tail) ?? lastMeaningfulLine(tail.join('\n'));
  const explained = reason === undefined ? end : `${end}: ${reason}`;
  return { failure: stopped ? `stopped by SIGTERM; ${explained}` : explained };
}
