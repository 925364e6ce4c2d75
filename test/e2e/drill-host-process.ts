/*
 * A drill host as `holdfast worker` makes one, with rungs that hang on their first run: each leaves a file, a program and
 * a socket, and waits to be killed. On the second run it passes.
 */
import { spawn } from 'node:child_process';
import { access, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { DrillSession } from '../../src/activities/drill/drill-session.js';
import { programEnvironment } from '../../src/database/program-mark.js';
import { taskQueues } from '../../src/domain/names.js';
import { RUNGS, type RungFinding, type RungName } from '../../src/domain/drill/rung.js';
import { createLogger } from '../../src/observability/logger.js';
import { startDrillService } from '../../src/worker/drill-service.js';
import { installRuntime, freeMetricsAddress } from '../../src/worker/runtime.js';
import { passed, scriptedRungs } from '../activities/drill/scripted-rungs.js';
import { storeWithBackups } from '../workflows/drill-world.js';

const { TEMPORAL_ADDRESS = '', WORK_DIR = '', QUEUE = '', READY_FILE = '', HANG = '' } = process.env;
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());

async function leaveAndHang(rung: RungName, { folder, signal }: DrillSession): Promise<RungFinding> {
  const begun = join(folder.run, `${rung}.begun`);
  const isSecondRun = await access(begun).then(
    () => true,
    () => false,
  );
  if (isSecondRun || !HANG.split(',').includes(rung)) return passed(rung);
  spawn('sleep', ['600'], { env: programEnvironment(folder.root), detached: true, stdio: 'ignore' }).unref();
  await new Promise<void>((resolve) => {
    const listener = createServer().listen(join(folder.sockets, `${rung}.sock`), resolve);
    listener.unref();
  });
  await writeFile(begun, 'x'.repeat(1_000));
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('ended')));
  });
}

const logger = createLogger({ level: 'info', format: 'json' });
installRuntime({ logger, metricsAddress: await freeMetricsAddress() });
const connection = await NativeConnection.connect({ address: TEMPORAL_ADDRESS });
const service = await startDrillService({
  work: { dir: WORK_DIR, limitBytes: undefined },
  prefix: QUEUE,
  queues: taskQueues({ prefix: QUEUE, cluster: 'test' }),
  connection,
  client: new Client({ connection }),
  namespace: 'default',
  means: {
    rungs: scriptedRungs(
      Object.fromEntries(RUNGS.map((rung) => [rung, (session: DrillSession) => leaveAndHang(rung, session)])),
    ),
    openStore: () => storeWithBackups(),
    damageCopy: async () => undefined,
  },
  logger,
  stopping: stopping.signal,
});
if (service === undefined) throw new Error('told to end');
const shutDown = (): void => {
  for (const worker of service.workers) worker.shutdown();
};
stopping.signal.addEventListener('abort', shutDown);
const runs = service.workers.map((worker) => worker.run());
await writeFile(READY_FILE, String(process.pid));
await Promise.all(runs);
await service.end();
await connection.close();
