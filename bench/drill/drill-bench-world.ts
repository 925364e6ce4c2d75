import type { Client } from '@temporalio/client';
import { packBackup } from '../../dev/backup-producer/pack-backup.js';
import { uploadObjects, withManifest } from '../../dev/backup-producer/publish-backup.js';
import { startBackupProducer } from '../../dev/backup-producer/start-backup-producer.js';
import { mariadbTools, type MariadbTools } from '../../dev/binaries/mariadb-tools.js';
import { BACKUP_BUCKET, DRILL_WORKER, LEDGER_BUCKET, startDrillWorker } from '../../dev/demo/drill-worker.js';
import type { S3Client } from '../../dev/object-store/s3-client.js';
import { startObjectStore } from '../../dev/object-store/start-object-store.js';
import type { ProcessGroup } from '../../dev/processes/process-group.js';
import { DrillPlan } from '../../src/domain/drill/drill-plan.js';
import { DrillReport } from '../../src/domain/drill/drill-report.js';
import { runRestoreDrillStart } from '../../src/temporal/run-restore-drill-start.js';
import type { runRestoreDrill } from '../../src/workflows/run-restore-drill.js';
import type { BenchmarkOptions } from '../benchmark.js';
import { usageOf } from '../process-usage.js';
import { openStackWorld } from '../stack-world.js';

/** About 300 MB. */
const SIZE = { orders: 40_000, attachments: 240 };

/** One real backup in a real store, and a real worker that drills it. */
export interface DrillBenchWorld {
  readonly client: S3Client;
  readonly bucket: string;
  /** Of the backup; ends in `/`. */
  readonly prefix: string;
  readonly backupBytes: number;
  readonly tools: MariadbTools;
  /** From the start of the workflow to its result, beside what the report says. */
  drill(): Promise<{ readonly wallMs: number; readonly report: DrillReport }>;
  /** The largest that the drill worker has been, MiB; the programs it starts are not counted. */
  workerPeakMiB(): Promise<number>;
  close(): Promise<void>;
}

/** @throws Error with the end of the log of the server that did not start */
export async function openDrillBenchWorld(options: BenchmarkOptions): Promise<DrillBenchWorld> {
  const { group, say } = options;
  const world = await openStackWorld(options);
  const store = await startObjectStore(group, { buckets: [BACKUP_BUCKET, LEDGER_BUCKET], progress: say });
  say('making a backup of about 300 MB');
  const { id, backupBytes } = await makeBackup(group, store.admin);
  const { stores } = await startDrillWorker(world.stack, store);
  const plan = DrillPlan.parse({ kind: 'DrillPlan', name: 'bench', ...stores, layout: 'directory' });
  const { temporal, cluster } = world;
  return {
    client: store.admin,
    bucket: BACKUP_BUCKET,
    prefix: `shop/${id}/`,
    backupBytes,
    tools: await mariadbTools(),
    drill: () => drillOnce({ temporal, cluster, plan }),
    workerPeakMiB: async () => (await usageOf(group.pid(DRILL_WORKER))).peakRssMiB,
    close: () => world.close(),
  };
}

async function makeBackup(
  group: ProcessGroup,
  client: S3Client,
): Promise<{ id: string; backupBytes: number }> {
  const { server, reference, takeBackup } = await startBackupProducer(group, { size: SIZE });
  const { id, folder, baseline } = await takeBackup({ output: 'directory' });
  const packed = await packBackup(
    { group, tools: server.tools },
    { folder, layout: 'directory', compression: 'none' },
  );
  const objects = withManifest(packed, baseline);
  await uploadObjects(client, { bucket: BACKUP_BUCKET, prefix: `shop/${id}/` }, objects);
  // What is measured has the machine for itself.
  await server.shutdown();
  await reference.server.shutdown();
  return { id, backupBytes: [...objects.values()].reduce((sum, { length }) => sum + length, 0) };
}

async function drillOnce({
  temporal,
  cluster,
  plan,
}: {
  temporal: Client;
  cluster: string;
  plan: DrillPlan;
}): Promise<{ wallMs: number; report: DrillReport }> {
  const startedMs = performance.now();
  const start = runRestoreDrillStart({ cluster, plan, selfTest: false }, Date.now());
  const result = await temporal.workflow.execute<typeof runRestoreDrill>('runRestoreDrill', {
    ...start,
    taskQueue: 'holdfast',
  });
  return { wallMs: performance.now() - startedMs, report: DrillReport.parse(result) };
}
