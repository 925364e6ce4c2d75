import { fileURLToPath } from 'node:url';
import { fetch } from 'undici';
import type { ReadyProbe } from '../processes/readiness.js';
import type { Stack } from '../stack/stack.js';

const HOLDFAST = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** How this checkout's `holdfast` is run: command and arguments. */
export function holdfastCommand(args: readonly string[]): [string, string[]] {
  return [process.execPath, [HOLDFAST, ...args]];
}

/** Starts the built `holdfast worker` as server `worker` of the stack's process group and waits until it is ready. */
export async function startWorker(stack: Stack): Promise<void> {
  const [command, args] = holdfastCommand(['worker']);
  await stack.group.start({
    name: 'worker',
    command,
    args,
    env: {
      ...stack.env,
      HOLDFAST_LISTEN: '127.0.0.1:0',
      HOLDFAST_LOG_FORMAT: 'json',
    },
    ready: answersReady,
  });
}

/** It listens on a port of the system's choice, which stands in its log. */
const answersReady: ReadyProbe = async ({ readLog }) => {
  const port = /"port":(\d+)/.exec(await readLog())?.[1];
  if (port === undefined) return false;
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) });
  await answer.arrayBuffer(); // frees the connection
  return answer.ok;
};
