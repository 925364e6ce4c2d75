// Owns the servers of one stack that `npm run stack -- up` started. Until `up` has taken note that the stack is ready,
// the end of `up` (in whatever way) ends this process and with it every server; later, SIGTERM does.
import { join } from 'node:path';
import { identityOf, ownIdentity, type ProcessIdentity } from '../../src/database/process-identity.js';
import { createProcessGroup, type ProcessGroup } from '../processes/process-group.js';
import { serveFaults } from './fault-control.js';
import { readStackState, removeStackState, writeStackState, type ReadyStack } from './stack-state.js';
import { startStack, type Stack } from './stack.js';
import { handOver, type SupervisorMessage } from './supervisor-protocol.js';

/** Of `holdfast worker`, which a person starts beside the stack. */
const DEFAULT_LISTEN = '127.0.0.1:9464';

const [stackFolder = '', name = '', cluster = '', etcdMembers, ...parts] = process.argv.slice(2);
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
    controlPlane: { etcdMembers: etcdMembers === '3' ? 3 : 1 },
    withDrill: parts.includes('with-drill'),
    ...(parts.includes('with-monitoring') && { monitoring: { targets: [DEFAULT_LISTEN] } }),
    progress: (line) => tell({ type: 'progress', line }),
  });
  const writeReady = async () => {
    const servers = await describeServers(stack.group);
    const ready = { ...addressesOf(stack), faultUrl, servers };
    await writeStackState(stackFolder, { name, supervisor, folder, ready });
  };
  // A server that was started again has another pid.
  const faultUrl = await serveFaults(stack.controlPlane.faults, writeReady);
  await writeReady();
  tell({ type: 'ready' });
}

function addressesOf(stack: Stack): Pick<ReadyStack, 'env' | 'uiUrl' | 'nodeAgentUrl'> {
  return { env: stack.env, uiUrl: stack.temporal?.uiUrl ?? '', nodeAgentUrl: stack.nodeAgentUrl };
}

/** One that was killed on demand keeps the identity that it had: `status` says that it has ended. */
async function describeServers(servers: ProcessGroup): Promise<ReadyStack['servers']> {
  const known = (await readStackState(stackFolder))?.ready?.servers ?? [];
  return await Promise.all(
    servers.status().map(async (server) => {
      const identity: ProcessIdentity | undefined =
        (await identityOf(server.pid)) ?? known.find(({ name }) => name === server.name)?.identity;
      if (identity === undefined)
        throw new Error(`${server.name} has ended; see ${servers.logFile(server.name)}`);
      return { name: server.name, address: server.address, identity };
    }),
  );
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
