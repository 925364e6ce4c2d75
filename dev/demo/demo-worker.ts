import { fileURLToPath } from 'node:url';
import { fetch } from 'undici';
import { freePorts } from '../processes/free-ports.js';
import type { Stack } from '../stack/stack.js';

const HOLDFAST = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** How this checkout's `holdfast` is run: command and arguments. */
export function holdfastCommand(args: readonly string[]): [string, string[]] {
  return [process.execPath, [HOLDFAST, ...args]];
}

interface WorkerOptions {
  /** In the stack's process group. Default: `worker`. */
  readonly name?: string;
  /** The built `holdfast` to run, a path of its main.js. Default: this checkout's. */
  readonly program?: string;
  /** Set beside what the stack says. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts the built `holdfast worker` as a server of the stack's process group and waits until it is ready.
 * @returns the URL of its HTTP endpoints, which stays when the group restarts it
 */
export async function startWorker(
  stack: Stack,
  { name = 'worker', program = HOLDFAST, env = {} }: WorkerOptions = {},
): Promise<string> {
  const [port = 0] = await freePorts(1);
  const listen = `127.0.0.1:${port}`;
  const url = `http://${listen}`;
  await stack.group.start({
    name,
    command: process.execPath,
    args: [program, 'worker'],
    env: { ...stack.env, HOLDFAST_LISTEN: listen, HOLDFAST_LOG_FORMAT: 'json', ...env },
    ready: async () => {
      const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) });
      await answer.arrayBuffer(); // frees the connection
      return answer.ok;
    },
  });
  await stack.monitoring?.prometheus.addTarget(listen);
  return url;
}
