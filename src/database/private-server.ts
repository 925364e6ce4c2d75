import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, open, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkFolder } from '../activities/drill/drill-session.js';
import { networkIsolation } from './network-isolation.js';
import { identityOf, isRunning, isSystemError, type ProcessIdentity } from './process-identity.js';
import { endMarkedPrograms, killProcess, programEnvironment, untilGone } from './program-mark.js';
import { openSession, type ServerSession } from './query.js';
import { MAX_LOG_BYTES, readServerLog, serverLogFile } from './server-log-file.js';
import { readServerRecord, recordFile, writeServerRecord, type ServerRecord } from './server-record.js';
import type { ServerAccounts, Toolkit } from './toolkit.js';

const POLL_MS = 20;
/** A server that takes connections and refuses them is asked less and less often. */
const MAX_POLL_MS = 500;
/** From SIGTERM to SIGKILL: it is a scratch copy, and a clean shutdown proves nothing. */
const STOP_GRACE_MS = 3_000;

export interface StartServer {
  readonly folder: WorkFolder;
  readonly toolkit: Toolkit;
  readonly config: ReadonlyMap<string, string>;
  readonly bufferPoolBytes: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export type StartedServer =
  | { readonly state: 'running'; readonly record: ServerRecord; readonly session: ServerSession }
  /** The server's log says why. */
  | { readonly state: 'ended' | 'timeout' | 'missing'; readonly detail: string };

/**
 * Starts a server on `folder.data` that nobody but us can reach and that reaches nobody. It outlives this process on
 * purpose; `stopPrivateServer` ends it.
 * @throws the signal's reason where it was aborted; the server is gone then
 */
export async function startPrivateServer(start: StartServer): Promise<StartedServer> {
  const { folder, signal } = start;
  await stopPrivateServer(folder);
  await endMarkedPrograms(folder.root);
  const isolation = await networkIsolation({ folder, signal });
  const accounts = { admin: account('holdfast_drill'), reader: account('holdfast_reader') };
  const args = await serverCommand(start, accounts);
  const child = await launch(start, [...isolation, start.toolkit.programs.server, ...args]);
  if (child.identity === undefined) return { state: child.state, detail: child.detail };
  const socket = socketFile(folder);
  const record: ServerRecord = {
    ...child.identity,
    admin: { ...accounts.admin, socket },
    reader: { ...accounts.reader, socket },
    isolated: isolation.length > 0,
  };
  await writeServerRecord(folder.run, record);
  try {
    const started = await untilAnswering({ start, record });
    if (started.state !== 'running') await stopPrivateServer(folder);
    return started;
  } catch (failure) {
    await stopPrivateServer(folder);
    throw failure;
  }
}

/** Ends the server of a work folder, if there is one, by its pid and start time. */
export async function stopPrivateServer(folder: Pick<WorkFolder, 'run' | 'sockets'>): Promise<void> {
  const record = await readServerRecord(folder.run);
  if (record !== undefined && (await isRunning(record))) await endServer(record);
  await rm(recordFile(folder.run), { force: true });
  await rm(socketFile(folder), { force: true });
}

/** The server of a work folder, where it runs and answers. */
export async function runningServer(
  folder: Pick<WorkFolder, 'run'>,
  signal: AbortSignal,
): Promise<{ record: ServerRecord; session: ServerSession } | undefined> {
  const record = await readServerRecord(folder.run);
  if (record === undefined || !(await isRunning(record))) return undefined;
  const session = await tryToConnect(record, signal);
  return session === undefined ? undefined : { record, session };
}

/** The server leads a process group: whatever it started hears of it too. */
async function endServer(identity: ProcessIdentity): Promise<void> {
  killProcess(-identity.pid, 'SIGTERM');
  const graceEndsAt = performance.now() + STOP_GRACE_MS;
  while ((await isRunning(identity)) && performance.now() < graceEndsAt) await delay(POLL_MS);
  if (await isRunning(identity)) killProcess(-identity.pid);
  await untilGone([identity]);
}

async function serverCommand(start: StartServer, accounts: ServerAccounts): Promise<string[]> {
  const { folder, toolkit } = start;
  const temporary = join(folder.run, 'tmp');
  const empty = join(folder.run, 'empty');
  for (const path of [folder.run, temporary, empty, folder.sockets]) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  }
  const initFile = join(folder.run, 'accounts.sql');
  await writeFile(initFile, `${toolkit.accountStatements(accounts).join('\n')}\n`, { mode: 0o600 });
  return toolkit.serverArguments({
    data: folder.data,
    socket: socketFile(folder),
    pidFile: join(folder.run, 'server.pid'),
    temporary,
    empty,
    initFile,
    bufferPoolBytes: start.bufferPoolBytes,
    config: start.config,
    asRoot: process.getuid?.() === 0,
  });
}

interface NotStarted {
  readonly state: 'ended' | 'missing';
  readonly detail: string;
}

type Launch = { readonly identity: ProcessIdentity } | ({ readonly identity?: undefined } & NotStarted);

/** The log is the server's own descriptor, no pipe through us: it goes on when this process is gone. */
async function launch({ folder }: StartServer, [program = '', ...args]: readonly string[]): Promise<Launch> {
  await rm(serverLogFile(folder), { force: true });
  // Appending: whatever is cut off its end meanwhile is cut off for good.
  const log = await open(serverLogFile(folder), 'a', 0o600);
  try {
    const child = spawn(program, args, {
      env: programEnvironment(folder.root),
      stdio: ['ignore', log.fd, log.fd],
      cwd: folder.run,
      detached: true,
    });
    child.unref();
    const failure = await startFailure(child);
    if (failure !== undefined) {
      return { state: isSystemError(failure, 'ENOENT') ? 'missing' : 'ended', detail: failure.message };
    }
    const identity = child.pid === undefined ? undefined : await identityOf(child.pid);
    // It may have ended before we looked.
    return identity === undefined ? await endedAtStart({ folder }) : { identity };
  } finally {
    await log.close();
  }
}

function startFailure(child: ChildProcess): Promise<Error | undefined> {
  return new Promise((resolve) => {
    child.once('spawn', () => resolve(undefined));
    child.once('error', resolve);
  });
}

async function untilAnswering({
  start,
  record,
}: {
  start: StartServer;
  record: ServerRecord;
}): Promise<StartedServer> {
  const deadline = performance.now() + start.timeoutMs;
  for (let pauseMs = POLL_MS; ; pauseMs = Math.min(1.5 * pauseMs, MAX_POLL_MS)) {
    start.signal.throwIfAborted();
    if (!(await isRunning(record))) return await endedAtStart(start);
    const session = await tryToConnect(record, start.signal);
    if (session !== undefined) return { state: 'running', record, session };
    const { size } = await stat(serverLogFile(start.folder));
    // One that logs this much while it starts is not going to start.
    if (size > MAX_LOG_BYTES)
      return { state: 'ended', detail: 'the server logs without end while it starts' };
    if (performance.now() > deadline) {
      return { state: 'timeout', detail: `the server does not answer within ${start.timeoutMs / 1000} s` };
    }
    await pause(pauseMs, start.signal);
  }
}

/** @throws the signal's own reason, not a general one */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(milliseconds, undefined, { signal });
  } catch (failure) {
    signal.throwIfAborted();
    throw failure;
  }
}

/** Before the server there may be `unshare`, which tells on its own that there is no server. */
async function endedAtStart({ folder }: Pick<StartServer, 'folder'>): Promise<NotStarted> {
  const isMissing = /^unshare: failed to execute/m.test(await readServerLog(folder));
  return { state: isMissing ? 'missing' : 'ended', detail: 'the server ended while it started' };
}

/** Not listening yet, or the accounts are not made yet: the same as no answer. */
async function tryToConnect(record: ServerRecord, signal: AbortSignal): Promise<ServerSession | undefined> {
  try {
    return await openSession(record.admin, signal);
  } catch (failure) {
    signal.throwIfAborted();
    if (failure instanceof Error) return undefined;
    throw failure;
  }
}

function socketFile(folder: Pick<WorkFolder, 'sockets'>): string {
  return join(folder.sockets, 's.sock');
}

function account(user: string) {
  return { user, password: randomBytes(18).toString('hex') };
}
