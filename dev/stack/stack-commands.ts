import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from '../processes/lock-file.js';
import { isRunning } from '../../src/database/process-identity.js';
import { waitUntil } from '../processes/readiness.js';
import { readStackState, removeStackState, type ReadyStack, type StackState } from './stack-state.js';
import { handOver, supervisorMessage } from './supervisor-protocol.js';

/** Which stack a command is about, and where its prose goes (standard error; standard output is for data). */
export interface StackCommandInput {
  stackFolder: string;
  name: string;
  say: (line: string) => void;
}

export interface StackUpInput extends StackCommandInput {
  /** Name of the Kubernetes cluster. */
  cluster: string;
  etcdMembers: 1 | 3;
  /** S3 server and MariaDB as well; a stack that is up already stays as it is. */
  withDrill: boolean;
  /** Prometheus and Alertmanager as well, likewise. */
  withMonitoring: boolean;
}

/** `up` was told to end (SIGINT, SIGTERM) before the stack was ready; by then everything it started has ended. */
export class Interrupted extends Error {}

/**
 * Starts the stack unless it is up, and returns when it is ready; it stays when this process ends. If this process
 * ends before that, nothing stays.
 * @throws Error when a server did not start, with the end of its log
 */
export async function stackUp(input: StackUpInput): Promise<ReadyStack> {
  const { stackFolder, name, say } = input;
  await mkdir(stackFolder, { recursive: true, mode: 0o700 });
  const onWait = (pid: number) => say(`waiting for process ${pid}, which is starting stack ${name}`);
  return withLock({ lockFile: join(stackFolder, 'up.lock'), onWait }, async () => {
    const before = await readStackState(stackFolder);
    if (before !== undefined && (await isRunning(before.supervisor))) {
      if (before.ready !== undefined) {
        say(`stack ${name} is already up`);
        return before.ready;
      }
      await waitForEnd(before); // its `up` has ended, so it is ending too
    }
    await startSupervisor(input);
    const ready = (await readStackState(stackFolder))?.ready;
    if (ready === undefined) throw new Error(`stack ${name} ended while it was being handed over`);
    return ready;
  });
}

/** Ends what `up` started and nothing else; waits for it. Returns the names of the servers that were ended. */
export async function stackDown({ stackFolder, name, say }: StackCommandInput): Promise<string[]> {
  const state = await readStackState(stackFolder);
  if (state === undefined) {
    say(`stack ${name} is not up`);
    return [];
  }
  if (!(await isRunning(state.supervisor))) {
    await waitForEnd(state);
    await removeStackState(stackFolder);
    say(`stack ${name} had ended without \`down\`; its servers are gone, its state has been cleaned up`);
    return [];
  }
  process.kill(state.supervisor.pid, 'SIGTERM');
  await waitForEnd(state);
  return state.ready?.servers.map((server) => server.name) ?? [];
}

export interface StackStatus {
  name: string;
  up: boolean;
  folder?: string;
  uiUrl?: string;
  nodeAgentUrl?: string | undefined;
  faultUrl?: string;
  env?: Record<string, string>;
  servers: { name: string; pid: number; alive: boolean; address: string | undefined }[];
}

export async function stackStatus({ stackFolder, name }: StackCommandInput): Promise<StackStatus> {
  const state = await readStackState(stackFolder);
  if (state === undefined || !(await isRunning(state.supervisor))) return { name, up: false, servers: [] };
  if (state.ready === undefined) return { name, up: false, folder: state.folder, servers: [] };
  const { servers, ...ready } = state.ready;
  const statuses = servers.map(async ({ name: server, address, identity }) => ({
    name: server,
    pid: identity.pid,
    alive: await isRunning(identity),
    address,
  }));
  return { name, up: true, folder: state.folder, ...ready, servers: await Promise.all(statuses) };
}

/** Until the supervisor and all servers it named are gone. After kill -9 of the supervisor the guardian needs 3 s. */
async function waitForEnd(state: StackState): Promise<void> {
  const identities = [state.supervisor, ...(state.ready?.servers ?? []).map(({ identity }) => identity)];
  await waitUntil({
    what: `stack ${state.name} did not end (supervisor ${state.supervisor.pid}, ${state.folder})`,
    timeoutMs: 60_000,
    attempt: async () => !(await Promise.all(identities.map(isRunning))).includes(true),
  });
}

async function startSupervisor({
  stackFolder,
  name,
  cluster,
  etcdMembers,
  withDrill,
  withMonitoring,
  say,
}: StackUpInput): Promise<void> {
  const log = await open(join(stackFolder, 'supervisor.log'), 'w', 0o600);
  const program = fileURLToPath(new URL('supervisor.ts', import.meta.url));
  const parts = [...(withDrill ? ['with-drill'] : []), ...(withMonitoring ? ['with-monitoring'] : [])];
  const words = [stackFolder, name, cluster, String(etcdMembers), ...parts];
  const supervisor = spawn(process.execPath, ['--import', 'tsx', program, ...words], {
    detached: true, // Ctrl-C on the terminal reaches `up` only; the pipe tells the supervisor
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  });
  await log.close();
  const interrupt = () => {
    say('interrupted: ending what was started');
    interrupted = true;
    if (supervisor.connected) supervisor.disconnect(); // it ends its servers, then itself
  };
  let interrupted = false;
  // Once: who does not want to wait presses Ctrl-C again; everything ends all the same.
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    await untilReady(supervisor, { say, logFile: join(stackFolder, 'supervisor.log') });
  } catch (failure) {
    throw interrupted ? new Interrupted('nothing was left running', { cause: failure }) : failure;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    supervisor.unref();
    if (supervisor.connected) supervisor.disconnect();
  }
}

function untilReady(
  supervisor: ChildProcess,
  { say, logFile }: { say: (line: string) => void; logFile: string },
): Promise<void> {
  return new Promise((resolve, reject) => {
    supervisor.once('error', reject);
    supervisor.once('exit', (code, signal) => {
      reject(new Error(`the supervisor ended (${signal ?? `exit code ${code}`}); see ${logFile}`));
    });
    supervisor.on('message', (raw) => {
      const message = supervisorMessage.parse(raw);
      if (message.type === 'progress') say(message.line);
      if (message.type === 'failed') reject(new Error(message.message));
      if (message.type === 'ready')
        supervisor.send(handOver, (failure) => (failure ? reject(failure) : resolve()));
    });
  });
}
