import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProcessGroup, type ProcessGroup } from '../../dev/processes/process-group.js';
import { startTemporal } from '../../dev/stack/temporal.js';
import { workFolderOf } from '../../src/activities/drill/work-folder.js';
import { markedPrograms } from '../../src/database/program-mark.js';
import { RUNGS } from '../../src/domain/drill/rung.js';
import { runRestoreDrillStart } from '../../src/temporal/run-restore-drill-start.js';
import type { runRestoreDrill } from '../../src/workflows/run-restore-drill.js';
import { drillPlan } from '../workflows/drill-world.js';
import { WORKFLOW_BUNDLE } from '../workflows/time-skipping-server.js';
import { waitFor } from './wait-for.js';

const HOST = fileURLToPath(new URL('./drill-host-process.ts', import.meta.url));
/** Asked for by the plan: then every rung runs. */
const PITR = { prefix: 'orders/binlogs/' };
/** A heartbeat time-out, the back-off after it, and the start of a process on a busy machine. */
const HOST_IS_BACK_MS = 90_000;

let group: ProcessGroup;
let address: string;
let connection: NativeConnection;
let worker: Worker;
let running: Promise<void>;
let client: Client;
beforeAll(async () => {
  group = await createProcessGroup();
  ({ address } = await startTemporal(group));
  connection = await NativeConnection.connect({ address });
  client = new Client({ connection });
  worker = await Worker.create({ connection, taskQueue: 'holdfast', workflowBundle: WORKFLOW_BUNDLE });
  running = worker.run();
});
afterAll(async () => {
  worker?.shutdown();
  await running;
  await connection?.close();
  await group?.stop();
});

interface Host {
  readonly workDir: string;
  start(): Promise<void>;
  end(signal: NodeJS.Signals): Promise<void>;
}

/** A process of its own on a work directory of its own. */
function drillHost(name: string, hang: readonly string[]): Host {
  const workDir = join(group.folder, name);
  const readyFile = join(group.folder, `${name}.ready`);
  let starts = 0;
  return {
    workDir,
    start: async () => {
      await rm(readyFile, { force: true });
      starts += 1;
      await group.start({
        name: `${name}-${starts}`,
        command: process.execPath,
        args: ['--import', import.meta.resolve('tsx'), HOST],
        env: {
          PATH: process.env['PATH'] ?? '',
          HOME: group.folder,
          TEMPORAL_ADDRESS: address,
          WORK_DIR: workDir,
          QUEUE: 'holdfast',
          READY_FILE: readyFile,
          HANG: hang.join(','),
        },
        ready: async () => existsSync(readyFile),
      });
    },
    end: async (signal) => {
      group.kill(`${name}-${starts}`, signal);
      await group.exited(`${name}-${starts}`);
    },
  };
}

const startDrill = (startedMs: number, plan = drillPlan()) => {
  const input = { cluster: 'test', plan, selfTest: false };
  return client.workflow.start<typeof runRestoreDrill>('runRestoreDrill', {
    ...runRestoreDrillStart(input, startedMs),
    taskQueue: 'holdfast',
  });
};

const folderOf = ({ workDir }: Host, handle: WorkflowHandle & { firstExecutionRunId: string }, session = 1) =>
  workFolderOf(workDir, { workflowId: handle.workflowId, runId: handle.firstExecutionRunId, session });

const hasBegun = (folder: { run: string }, rung: string) =>
  waitFor(`rung ${rung}`, () => existsSync(join(folder.run, `${rung}.begun`)), HOST_IS_BACK_MS);

async function expectNothingLeft(host: Host, folder: ReturnType<typeof folderOf>): Promise<void> {
  expect((await readdir(host.workDir)).filter((name) => name !== 'host-id')).toEqual([]);
  expect(existsSync(folder.sockets)).toBe(false);
  expect(await markedPrograms(folder.root)).toEqual([]);
}

test(
  'a host that is killed at each rung ends with the verdict, and leaves nothing',
  { timeout: 900_000 },
  async () => {
    const host = drillHost('killed', RUNGS);
    await host.start();
    const handle = await startDrill(1, drillPlan({ pitr: PITR }));
    const folder = folderOf(host, handle);
    for (const rung of RUNGS) {
      await hasBegun(folder, rung);
      await host.end('SIGKILL');
      expect((await markedPrograms(folder.root)).length).toBeGreaterThan(0);
      await host.start();
    }
    const rungs = RUNGS.map((rung) => ({ rung, outcome: 'passed' }));
    expect(await handle.result()).toMatchObject({ verdict: 'pass', rungs });
    await expectNothingLeft(host, folder);
    await host.end('SIGTERM');
  },
);

test(
  'a host that is told to end hands the drill to another one, and leaves nothing',
  { timeout: 300_000 },
  async () => {
    const ending = drillHost('ending', ['prepare']);
    const taking = drillHost('taking', []);
    await ending.start();
    const handle = await startDrill(2);
    const folder = folderOf(ending, handle);
    await hasBegun(folder, 'prepare');
    await taking.start();
    await ending.end('SIGTERM');
    await expectNothingLeft(ending, folder);
    const result = await handle.result();
    expect(result).toMatchObject({ verdict: 'pass' });
    expect('hosts' in result ? result.hosts : []).toEqual([
      await readFile(join(ending.workDir, 'host-id'), 'utf8'),
      await readFile(join(taking.workDir, 'host-id'), 'utf8'),
    ]);
    await expectNothingLeft(taking, folderOf(taking, handle, 2));
    await taking.end('SIGTERM');
  },
);

test(
  'a host that starts removes what a dead one left of a drill that is over',
  { timeout: 300_000 },
  async () => {
    const host = drillHost('swept', ['data']);
    await host.start();
    const handle = await startDrill(3);
    const folder = folderOf(host, handle);
    await hasBegun(folder, 'data');
    await host.end('SIGKILL');
    await handle.terminate();
    const stranger = join(host.workDir, 'somebody-elses');
    await mkdir(stranger);
    await host.start();
    expect(existsSync(stranger)).toBe(true);
    await rm(stranger, { recursive: true });
    await expectNothingLeft(host, folder);
    await host.end('SIGTERM');
  },
);
