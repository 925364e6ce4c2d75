import type { ServerSession } from '../../database/query.js';
import { runningServer, startPrivateServer, type StartedServer } from '../../database/private-server.js';
import { readServerLog } from '../../database/server-log-file.js';
import type { ServerRecord } from '../../database/server-record.js';
import { scanServerLog } from '../../domain/drill/server-log.js';
import { Unprovable } from './conclude.js';
import { dataFileOptions } from './data-file-options.js';
import { memoryFor, toolkitOf } from './drill-tools.js';
import type { DrillSession } from './drill-session.js';

/** Recovery after a crash of the server itself may take long; a server that hangs must not take for ever. */
const START_TIMEOUT_MS = 10 * 60_000;
const BUFFER_POOL_BYTES = 1024 * 1024 * 1024;

export async function startServer(session: DrillSession): Promise<StartedServer> {
  return startPrivateServer({
    folder: session.folder,
    toolkit: toolkitOf(session),
    config: await dataFileOptions(session.folder),
    bufferPoolBytes: memoryFor(BUFFER_POOL_BYTES),
    timeoutMs: START_TIMEOUT_MS,
    signal: session.signal,
  });
}

export interface DrillServer {
  readonly record: ServerRecord;
  readonly session: ServerSession;
}

/**
 * The private server of the drill; started again where it is gone, with the host or the process that had it.
 * @throws Unprovable where it does not start any more: rung `start` has shown that it can
 */
export async function serverOf(session: DrillSession): Promise<DrillServer> {
  const running = await runningServer(session.folder, session.signal);
  if (running !== undefined) return running;
  const started = await startServer(session);
  if (started.state === 'running') return started;
  throw new Unprovable(
    'server-start',
    `the private server is gone and does not start again: ${started.detail}`,
  );
}

/** What the server's log says against the data, since it was started. */
export async function damageInServerLog({
  folder,
}: Pick<DrillSession, 'folder'>): Promise<readonly string[]> {
  return scanServerLog(await readServerLog(folder)).damage;
}
