import { evidence, finding } from '../../../domain/drill/finding.js';
import type { Evidence, RungFinding } from '../../../domain/drill/rung.js';
import { stopPrivateServer } from '../../../database/private-server.js';
import { readServerLog } from '../../../database/server-log-file.js';
import { conclude, Unprovable } from '../conclude.js';
import { damageInServerLog, startServer, type DrillServer } from '../drill-server.js';
import { blameHost, toolkitOf } from '../drill-tools.js';
import type { DrillSession } from '../drill-session.js';

/** Engines that would reach other servers from a CHECK TABLE, a query or a replay. */
const REMOTE_ENGINES = ['FEDERATED', 'SPIDER', 'CONNECT'];

/** Starts the private server and leaves it running for the rungs that follow. */
export function startRung(session: DrillSession): Promise<RungFinding> {
  return conclude(session, async () => {
    const begunMs = performance.now();
    const started = await startServer(session);
    if (started.state !== 'running') return notStarted(session, started);
    try {
      return await judge(session, started, performance.now() - begunMs);
    } finally {
      started.session.close();
    }
  });
}

async function judge(session: DrillSession, server: DrillServer, startMs: number): Promise<RungFinding> {
  const [[version] = []] = await server.session.rows('SELECT VERSION()');
  if (!server.record.isolated) await refuseRemoteEngines(session, server);
  const warning: Evidence[] = server.record.isolated
    ? []
    : [evidence('this host allows no network namespace: only the options of the server keep it to itself')];
  return finding({
    outcome: 'passed',
    summary: `server ${version ?? 'of unknown version'} answers on its socket`,
    evidence: [],
    warnings: warning,
    measured: { serverStartMs: Math.round(startMs) },
    facts: { drillServerVersion: version ?? '' },
  });
}

/** Without a namespace an engine that is compiled in could reach the network. */
async function refuseRemoteEngines(session: DrillSession, { session: sql }: DrillServer): Promise<void> {
  const engines = await sql.rows(
    "SELECT engine FROM information_schema.engines WHERE support IN ('YES', 'DEFAULT')",
  );
  const remote = engines.flat().filter((engine) => REMOTE_ENGINES.includes(engine?.toUpperCase() ?? ''));
  if (remote.length === 0) return;
  await stopPrivateServer(session.folder);
  throw new Unprovable(
    'unsupported',
    `the server has ${remote.join(', ')} and no network namespace: it could reach others`,
  );
}

async function notStarted(
  session: DrillSession,
  { state, detail }: { state: 'ended' | 'timeout' | 'missing'; detail: string },
): Promise<RungFinding> {
  const { server } = toolkitOf(session).programs;
  if (state === 'missing') throw new Unprovable('tool-missing', `there is no program ${server} on this host`);
  const log = await readServerLog(session.folder);
  blameHost(server, log);
  if (state === 'timeout') throw new Unprovable('tool-timeout', detail);
  const damage = await damageInServerLog(session);
  return finding({
    outcome: 'failed',
    cause: 'server-start',
    summary: `the restored server does not start: ${detail}`,
    evidence: (damage.length > 0 ? damage : log.trim().split('\n').slice(-5)).map((line) =>
      evidence(line, 'server.log'),
    ),
  });
}
