import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../../dev/processes/free-ports.js';
import type { ServerExit } from '../../dev/processes/guardian-protocol.js';
import type { ProcessGroup } from '../../dev/processes/process-group.js';
import type { ReadyProbe } from '../../dev/processes/readiness.js';

/** The built program, as people run it. */
export const HOLDFAST = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** A real `holdfast worker` in a process group. */
export interface WorkerProcess {
  /** `host:port` of its HTTP endpoints, which stays when it is started again. */
  readonly address: string;
  pid(): number;
  /** Status and text of one of its HTTP endpoints. */
  ask(path: string): Promise<{ status: number; text: string }>;
  log(): Promise<string>;
  /** Its `holdfast_api_retries_total`, over all reasons, since it was started. */
  apiRetries(): Promise<number>;
  /** Ends it the way a power cut does, and waits until it is gone. */
  killHard(): Promise<void>;
  /** Asks it to end, and waits until it has. */
  terminate(): Promise<ServerExit>;
  /** Starts it again with the same command; resolves when it is ready. */
  restart(): Promise<void>;
}

export interface WorkerOptions {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  /** What is waited for: /readyz (default) or, for one that has to wait for its servers, /healthz. */
  readonly until?: '/readyz' | '/healthz';
  /** Another build's `main.js`; default: this one's. */
  readonly program?: string;
}

/** @throws Error with the end of its log when it does not get ready */
export async function startWorker(group: ProcessGroup, options: WorkerOptions): Promise<WorkerProcess> {
  const { name, env, until = '/readyz', program = HOLDFAST } = options;
  const [port = 0] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const url = `http://${address}`;
  const ask = async (path: string) => {
    const answer = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(5_000) });
    return { status: answer.status, text: await answer.text() };
  };
  const ready: ReadyProbe = async () => (await ask(until)).status === 200;
  await group.start({
    name,
    command: process.execPath,
    args: [program, 'worker'],
    env: { ...env, HOLDFAST_LISTEN: address },
    ready,
  });
  const end = (signal: NodeJS.Signals) => {
    group.kill(name, signal);
    return group.exited(name);
  };
  return {
    address,
    pid: () => group.pid(name),
    ask,
    log: () => readFile(group.logFile(name), 'utf8'),
    apiRetries: async () => sumOf('holdfast_api_retries_total', (await ask('/metrics')).text),
    killHard: async () => {
      await end('SIGKILL');
    },
    terminate: () => end('SIGTERM'),
    restart: () => group.restart(name),
  };
}

/** Over all labels, in the text form of Prometheus. */
function sumOf(metric: string, text: string): number {
  const values = text.matchAll(new RegExp(`^${metric}\\{.*\\} (\\d+)$`, 'gm'));
  return [...values].reduce((sum, [, value]) => sum + Number(value), 0);
}
