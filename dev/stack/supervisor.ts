// Owns the servers of one stack that `npm run stack -- up` started. Until `up` has taken note that the stack is ready,
// the end of `up` (in whatever way) ends this process and with it every server; later, SIGTERM does.
import { join } from 'node:path';
import { identityOf, ownIdentity, type ProcessIdentity } from '../../src/database/process-identity.js';
import { createProcessGroup, type ProcessGroup } from '../processes/process-group.js';
import { readStackState, removeStackState, writeStackState, type ReadyStack } from './stack-state.js';
import { startStack, type Stack } from './stack.js';
import { handOver, type SupervisorMessage } from './supervisor-protocol.js';

const [stackFolder = '', name = '', cluster = '', ...parts] = process.argv.slice(2);
let group: ProcessGroup | undefined;
let ending: Promise<never> | undefined;

process.on('SIGTERM', () => void end(0));
process.on('SIGINT', () => void end(0));
process.on('disconnect', () => void end(1));
process.on('message', (message) => {
  if (message !== handOver) return;
  process.removeAllListeners('disconnect');
  process.disconnect();
});
if (!process.connected) await end(1);

try {
  await run();
} catch (failure) {
  // Servers that fail because they are being ended are no news.
  if (ending === undefined)
    tell({ type: 'failed', message: failure instanceof Error ? failure.message : String(failure) });
  await end(1);
}

async function run(): Promise<void> {
  const supervisor = await ownIdentity();
  const folder = join(stackFolder, `run-${process.pid}`);
  await writeStackState(stackFolder, { name, supervisor, folder });
  group = await createProcessGroup({ folder });
  const stack = await startStack({
    group,
    cluster,
    withDrill: parts.includes('with-drill'),
    progress: (line) => tell({ type: 'progress', line }),
  });
  await writeStackState(stackFolder, { name, supervisor, folder, ready: await describe(stack) });
  tell({ type: 'ready' });
}

async function describe(stack: Stack): Promise<ReadyStack> {
  const servers = await Promise.all(
    stack.group.status().map(async (server) => {
      const identity: ProcessIdentity | undefined = await identityOf(server.pid);
      if (identity === undefined)
        throw new Error(`${server.name} has ended; see ${stack.group.logFile(server.name)}`);
      return { name: server.name, address: server.address, identity };
    }),
  );
  return {
    env: stack.env,
    uiUrl: stack.temporal?.uiUrl ?? '',
    nodeAgentUrl: stack.nodeAgentUrl,
    servers,
  };
}

function tell(message: SupervisorMessage): void {
  // `up` may be gone: `disconnect` follows.
  if (process.connected) process.send?.(message, () => undefined);
}

function end(exitCode: number): Promise<never> {
  ending ??= endNow(exitCode);
  return ending;
}

async function endNow(exitCode: number): Promise<never> {
  await group?.stop();
  const state = await readStackState(stackFolder);
  if (state?.supervisor.pid === process.pid) await removeStackState(stackFolder);
  process.exit(exitCode);
}
