import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  guardianReply,
  type GuardianReply,
  type GuardianRequest,
  type ServerExit,
} from './guardian-protocol.js';

export interface SpawnOptions {
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  logFile: string;
}

/** A process that the guardian started for us. `exited` never rejects. */
export interface SpawnedProcess {
  pid: number;
  exited: Promise<ServerExit>;
}

interface Spawning {
  resolve: (spawned: SpawnedProcess) => void;
  reject: (failure: Error) => void;
}

/** The owner's end of the pipe to its guardian (guardian.mjs), which starts and ends the servers on our behalf. */
export class GuardianClient {
  readonly #guardian: ChildProcess;
  readonly #spawning = new Map<number, Spawning>();
  readonly #running = new Map<number, (exit: ServerExit) => void>();
  readonly #gone: Promise<void>;
  #nextId = 0;

  /** `folder` has a folder `logs`. `removeFolder`: the guardian deletes `folder` when it has ended everything. */
  constructor(options: { groupId: string; folder: string; removeFolder: boolean }) {
    const script = fileURLToPath(new URL('guardian.mjs', import.meta.url));
    const log = openSync(join(options.folder, 'logs', 'guardian.log'), 'a');
    this.#guardian = fork(
      script,
      [options.groupId, options.folder, options.removeFolder ? 'remove' : 'keep'],
      {
        detached: true,
        execArgv: [],
        env: {},
        cwd: '/',
        // Not our own standard error: whoever reads that would have to wait for the guardian too.
        stdio: ['ignore', 'ignore', log, 'ipc'],
      },
    );
    closeSync(log);
    this.#guardian.on('message', (message) => this.#receive(guardianReply.parse(message)));
    this.#gone = new Promise((resolve) => this.#guardian.once('exit', () => resolve()));
    void this.#gone.then(() => this.#guardianGone());
  }

  spawn(options: SpawnOptions): Promise<SpawnedProcess> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#spawning.set(id, { resolve, reject });
      this.#send({ type: 'spawn', id, ...options });
    });
  }

  /** Sends a signal to the process group that `pid` leads; nothing happens when it has ended. */
  signal(pid: number, signal: NodeJS.Signals): void {
    if (this.#running.has(pid)) this.#send({ type: 'signal', pid, signal });
  }

  /** Lets the guardian end what still runs, and waits until it is gone itself. */
  async end(): Promise<void> {
    if (this.#guardian.connected) this.#guardian.disconnect();
    await this.#gone;
  }

  #send(request: GuardianRequest): void {
    if (!this.#guardian.connected) throw new Error('the process group has been stopped');
    this.#guardian.send(request, (failure) => {
      if (failure !== null && request.type === 'spawn') this.#takeSpawning(request.id)?.reject(failure);
    });
  }

  #receive(reply: GuardianReply): void {
    switch (reply.type) {
      case 'spawned': {
        const exited = new Promise<ServerExit>((resolve) => this.#running.set(reply.pid, resolve));
        this.#takeSpawning(reply.id)?.resolve({ pid: reply.pid, exited });
        return;
      }
      case 'spawnFailed':
        this.#takeSpawning(reply.id)?.reject(new Error(reply.message));
        return;
      case 'exited':
        this.#running.get(reply.pid)?.({ code: reply.code, signal: reply.signal });
        this.#running.delete(reply.pid);
    }
  }

  #takeSpawning(id: number): Spawning | undefined {
    const spawning = this.#spawning.get(id);
    this.#spawning.delete(id);
    return spawning;
  }

  /** Somebody killed the guardian itself (or it has done its work): then the servers are ours to end. */
  #guardianGone(): void {
    for (const [pid, resolve] of this.#running) {
      killGroup(pid);
      resolve({ code: null, signal: 'SIGKILL' });
    }
    this.#running.clear();
    for (const { reject } of this.#spawning.values()) reject(new Error('the process group has been stopped'));
    this.#spawning.clear();
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (failure) {
    if (!(failure instanceof Error && 'code' in failure && failure.code === 'ESRCH')) throw failure;
  }
}
