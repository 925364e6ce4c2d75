import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GuardianClient, type SpawnedProcess } from './guardian-client.js';
import type { ServerExit } from './guardian-protocol.js';
import { waitUntil, type ReadyProbe } from './readiness.js';
import { logSizeBytes, logTail, readLogFrom } from './server-log.js';

export interface ServerSpec {
  /** Unique in the group; also names the log file. */
  name: string;
  command: string;
  args: readonly string[];
  /** Added to the few variables that every server gets (see `inheritedVariables`). Nothing else is inherited. */
  env?: Readonly<Record<string, string>>;
  /** Default: the folder of the group. */
  cwd?: string;
  /** Default: ready as soon as it runs. */
  ready?: ReadyProbe;
  /** Default: 60,000. */
  readyTimeoutMs?: number;
  /** How long it may take to end after SIGTERM before it gets SIGKILL. Default: 5,000. */
  stopGraceMs?: number;
  /** Shown by `status`, for example the URL. */
  address?: string;
}

export interface ServerStatus {
  name: string;
  pid: number;
  alive: boolean;
  address: string | undefined;
}

interface Server {
  spec: ServerSpec;
  process: SpawnedProcess;
  exit: ServerExit | undefined;
}

/** No proxy variables on purpose: everything here talks on the loopback. */
const inheritedVariables = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ'] as const;

/**
 * Creates a group of servers that ends with its owner, however the owner ends (kill -9 included): a guardian process
 * starts them and waits for the end of the pipe to us. An owner that has done its work calls `stop`; until then the
 * pipe keeps the owner alive.
 *
 * `folder` (default: a new private one below the temporary folder) holds `logs/<name>.log`. It is created with mode
 * 0700 and, with `removeFolder` (default true), removed at the end by the guardian.
 */
export async function createProcessGroup(
  options: { folder?: string; removeFolder?: boolean } = {},
): Promise<ProcessGroup> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'holdfast-')));
  await mkdir(join(folder, 'logs'), { recursive: true, mode: 0o700 });
  return new ProcessGroup({ folder, removeFolder: options.removeFolder ?? true });
}

export class ProcessGroup {
  readonly folder: string;
  readonly #id = randomUUID();
  readonly #guardian: GuardianClient;
  readonly #removeFolder: boolean;
  readonly #servers = new Map<string, Server>();
  #stopping = false;

  /** Use `createProcessGroup`. */
  constructor(options: { folder: string; removeFolder: boolean }) {
    this.folder = options.folder;
    this.#removeFolder = options.removeFolder;
    this.#guardian = new GuardianClient({ groupId: this.#id, ...options });
  }

  /**
   * Starts a server and waits until it is ready.
   * @throws Error with the last 20 lines of its log when it ends, or is not ready in time; it does not run then.
   */
  async start(spec: ServerSpec): Promise<void> {
    if (this.#servers.get(spec.name)?.exit === undefined && this.#servers.has(spec.name)) {
      throw new Error(`${spec.name} runs already in ${this.folder}`);
    }
    const logOffsetBytes = await logSizeBytes(this.logFile(spec.name));
    const server = await this.#spawn(spec);
    const readLog = () => readLogFrom(this.logFile(spec.name), logOffsetBytes);
    try {
      await this.#waitUntilReady(server, readLog);
    } catch (failure) {
      await this.#end(server);
      const reason = failure instanceof Error ? failure.message : String(failure);
      throw new Error(`${reason}\nlast lines of its log:\n${logTail(await readLog(), 20)}`, {
        cause: failure,
      });
    }
  }

  /**
   * Runs a program to its end; it too ends with the owner.
   * @throws Error with the last 20 lines of its output unless it ends with exit code 0
   */
  async run(spec: Omit<ServerSpec, 'ready' | 'readyTimeoutMs' | 'address'>): Promise<void> {
    const { process } = await this.#spawn(spec);
    const exit = await process.exited;
    this.#servers.delete(spec.name); // it has done its work: no server that `status` would call dead
    if (exit.code === 0) return;
    const output = await readLogFrom(this.logFile(spec.name), 0);
    throw new Error(`${spec.command} failed (${describeExit(exit)})\n${logTail(output, 20)}`);
  }

  /** Starts a server of this group again with the same command and waits until it is ready; ends it first if it still runs. */
  async restart(name: string): Promise<void> {
    const server = this.#get(name);
    await this.#end(server);
    await this.start(server.spec);
  }

  /** Sends a signal to a server and to what runs in its process group. A server that has ended is left alone. */
  kill(name: string, signal: NodeJS.Signals): void {
    this.#guardian.signal(this.#get(name).process.pid, signal);
  }

  /** The pid of a server, or of its last run. */
  pid(name: string): number {
    return this.#get(name).process.pid;
  }

  /** Resolves when the present run of a server has ended. */
  exited(name: string): Promise<ServerExit> {
    return this.#get(name).process.exited;
  }

  logFile(name: string): string {
    return join(this.folder, 'logs', `${name}.log`);
  }

  /** All servers in the order of their start. */
  status(): ServerStatus[] {
    return [...this.#servers.values()].map(({ spec, process, exit }) => ({
      name: spec.name,
      pid: process.pid,
      alive: exit === undefined,
      address: spec.address,
    }));
  }

  /** Ends one server: SIGTERM, after `stopGraceMs` SIGKILL. It can be restarted. */
  async stopServer(name: string): Promise<void> {
    await this.#end(this.#get(name));
  }

  /** Ends all servers, the last started first, then the guardian; removes the folder if told so. May be called twice. */
  async stop(): Promise<void> {
    this.#stopping = true; // who starts servers one after the other may still be at it
    for (const server of [...this.#servers.values()].reverse()) await this.#end(server);
    await this.#guardian.end();
    if (this.#removeFolder) await rm(this.folder, { recursive: true, force: true }); // if somebody killed the guardian
  }

  async #spawn(spec: ServerSpec): Promise<Server> {
    if (this.#stopping) throw new Error(`${spec.name} was not started: its process group has been stopped`);
    const inherited = inheritedVariables.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    const spawned = await this.#guardian
      .spawn({
        command: spec.command,
        args: spec.args,
        // The mark lets the guardian find what a server left behind in another process group.
        env: { ...Object.fromEntries(inherited), ...spec.env, HOLDFAST_PROCESS_GROUP: this.#id },
        cwd: spec.cwd ?? this.folder,
        logFile: this.logFile(spec.name),
      })
      .catch((failure: unknown) => {
        const reason = failure instanceof Error ? failure.message : String(failure);
        throw new Error(`${spec.name} could not be started: ${reason}`, { cause: failure });
      });
    const server: Server = { spec, process: spawned, exit: undefined };
    this.#servers.delete(spec.name); // so that a restarted server is the last in order
    this.#servers.set(spec.name, server);
    void spawned.exited.then((exit) => (server.exit = exit));
    return server;
  }

  async #waitUntilReady(server: Server, readLog: () => Promise<string>): Promise<void> {
    const { name, ready, readyTimeoutMs } = server.spec;
    if (ready === undefined) return;
    const endedEarly = () => new Error(`${name} ended during its start (${describeExit(server.exit)})`);
    await waitUntil({
      what: `${name} was not ready`,
      timeoutMs: readyTimeoutMs ?? 60_000,
      attempt: async () => server.exit !== undefined || (await ready({ readLog })),
    });
    if (server.exit !== undefined) throw endedEarly();
  }

  async #end(server: Server): Promise<void> {
    const { pid, exited } = server.process;
    this.#guardian.signal(pid, 'SIGCONT'); // a frozen server does not see SIGTERM
    this.#guardian.signal(pid, 'SIGTERM');
    const abort = new AbortController();
    const lateKill = delay(server.spec.stopGraceMs ?? 5_000, undefined, { signal: abort.signal }).then(
      () => this.#guardian.signal(pid, 'SIGKILL'),
      () => undefined, // ended in time
    );
    server.exit = await exited;
    abort.abort();
    await lateKill;
  }

  #get(name: string): Server {
    const server = this.#servers.get(name);
    if (server === undefined) throw new Error(`no server ${name} in ${this.folder}`);
    return server;
  }
}

function describeExit(exit: ServerExit | undefined): string {
  return exit?.signal ? `signal ${exit.signal}` : `exit code ${exit?.code}`;
}
