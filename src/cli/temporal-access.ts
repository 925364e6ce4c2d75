import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import type { RunReplicationRestoreInput } from '../domain/replication/restore-input.js';
import type { SuperviseBackupInput } from '../domain/retry/supervise-input.js';
import { temporalSettings } from '../temporal/connection-settings.js';
import { openRun } from '../temporal/open-run.js';
import { missingSearchAttributes, registerSearchAttributes } from '../temporal/search-attributes.js';
import { sendCancel, type RestoreCancellation } from '../temporal/send-cancel.js';
import { sendRequest, type BackupRequest } from '../temporal/send-request.js';
import { status, type IncidentStatus, type RequestResult } from '../workflows/messages.js';
import { restoreStatus, type RestoreView } from '../workflows/restore-messages.js';
import type { RunReplicationRestoreResult } from '../workflows/run-replication-restore.js';
import type { StressResult } from '../domain/stress/stress-result.js';
import { stressStatus, type StressView } from '../workflows/stress-messages.js';
import type { SuperviseBackupResult } from '../workflows/supervise-backup.js';
import { CliFailure } from './cli-failure.js';
import { EXIT } from './exit-codes.js';
import { createDrillAccess, type DrillAccess } from './drills/drill-access.js';
import { backupOutcome, drillOutcome, restoreOutcome, stressOutcome } from './run-outcome.js';
import type { CliSettings } from './settings.js';
import { explainTemporal, notReachable, REQUEST_TIMEOUT_MS } from './temporal-failure.js';
import { openRunsUnder, runRestore, supervise, type WorkflowRun } from './temporal-runs.js';
import { startStress, stressStateOf, type StressStart, type StressState } from './temporal-stress.js';
import {
  activityHolderOf,
  pollersOf,
  type ActivityHolder,
  type Poller,
  type QueueOfWorkers,
} from './temporal-workers.js';

const CONNECT_TIMEOUT_MS = 5_000;
const CALL_TIMEOUT_MS = 8_000;
const QUERY_TIMEOUT_MS = 2_000;

/** The part of Temporal that commands use. */
export interface TemporalAccess {
  readonly address: string;
  readonly namespace: string;
  /** Starts `superviseBackup`, or nudges the one that is open, exactly as the watch does. */
  readonly supervise: (start: { input: SuperviseBackupInput; taskQueue: string }) => Promise<WorkflowRun>;
  /**
   * Sends a person's request to `superviseBackup`, which is started where none is open.
   * @throws CliFailure (7) refused in this state, (2) the workflow cannot use the argument, (5) no worker answered
   */
  readonly request: (request: BackupRequest) => Promise<WorkflowRun & { readonly answer: RequestResult }>;
  /** Starts `runReplicationRestore`, or nudges the one that is open, exactly as the watch does. */
  readonly runRestore: (start: {
    input: RunReplicationRestoreInput;
    taskQueue: string;
  }) => Promise<WorkflowRun>;
  /** Asks `runReplicationRestore` to end early. @throws CliFailure as `request` */
  readonly cancelRestore: (
    cancellation: RestoreCancellation,
  ) => Promise<WorkflowRun & { readonly answer: RequestResult }>;
  /** As `outcomeOf`, for a run of `runReplicationRestore`. */
  readonly restoreOutcomeOf: (
    run: WorkflowRun,
    deadline: { timeoutMs: number },
  ) => Promise<RunReplicationRestoreResult | undefined>;
  /**
   * How a run (and the ones it continues as) ended; `undefined` when it has not after `timeoutMs`.
   * @throws CliFailure (1) when it failed, was cancelled or terminated
   */
  readonly outcomeOf: (
    run: WorkflowRun,
    deadline: { timeoutMs: number },
  ) => Promise<SuperviseBackupResult | undefined>;
  /** Starts `stressCluster`, or finds the run of this name, also one that has ended. */
  readonly startStress: (start: StressStart) => Promise<WorkflowRun & { readonly attached: boolean }>;
  /** Asks a run to end; it cleans up after itself unless it keeps everything. */
  readonly cancelStress: (run: WorkflowRun) => Promise<void>;
  /** What the server knows of a run that is on its way, also while no worker answers. */
  readonly stressState: (workflowId: string) => Promise<StressState>;
  /** As `incidentStatus`, of `stressCluster`. */
  readonly stressStatus: (workflowId: string) => Promise<StressView>;
  /** As `outcomeOf`, for a run of `stressCluster`. */
  readonly stressOutcomeOf: (
    run: WorkflowRun,
    deadline: { timeoutMs: number },
  ) => Promise<StressResult | undefined>;
  /** `undefined` where the newest run has ended, or there never was one. */
  readonly openRun: (workflowId: string) => Promise<WorkflowRun | undefined>;
  /** Open workflows whose id begins so; eventually consistent. */
  readonly openRunsUnder: (idPrefix: string) => Promise<WorkflowRun[]>;
  /** Query `status`; answered by a worker, or not within 2 s. */
  readonly incidentStatus: (workflowId: string) => Promise<IncidentStatus>;
  /** As `incidentStatus`, of `runReplicationRestore`. */
  readonly restoreStatus: (workflowId: string) => Promise<RestoreView>;
  /** Drills, and the plans that they follow. */
  readonly drills: DrillAccess;
  readonly pollers: (queue: QueueOfWorkers) => Promise<Poller[]>;
  readonly activityHolder: (workflowId: string) => Promise<ActivityHolder | undefined>;
  /** @throws CliFailure (1) where the namespace does not exist */
  readonly requireNamespace: () => Promise<void>;
  readonly missingSearchAttributes: () => Promise<string[]>;
  readonly registerSearchAttributes: (names: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** @throws CliFailure (8) when Temporal does not answer within `timeoutMs` */
export async function openTemporal(
  { environment }: CliSettings,
  { timeoutMs = CONNECT_TIMEOUT_MS }: { timeoutMs?: number } = {},
): Promise<TemporalAccess> {
  const { connectionOptions, address, namespace } = readTemporalSettings(environment);
  // Lazy, so that it can be closed when it does not connect: a channel that goes on trying keeps the process alive.
  const connection = Connection.lazy({ ...connectionOptions, connectTimeout: timeoutMs });
  try {
    await connection.ensureConnected();
  } catch (cause) {
    await connection.close();
    throw notReachable(address, cause);
  }
  return createTemporalAccess({ connection, address, namespace });
}

function readTemporalSettings(environment: CliSettings['environment']) {
  try {
    return temporalSettings(environment);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliFailure(`the Temporal settings cannot be used (TEMPORAL_*): ${reason}`, {
      exitCode: EXIT.usage,
      cause,
    });
  }
}

interface Link {
  readonly connection: Connection;
  readonly address: string;
  readonly namespace: string;
}

function createTemporalAccess(link: Link): TemporalAccess {
  const { connection, address, namespace } = link;
  const client = new Client({ connection, namespace });
  const call = <T>(what: string, ask: () => Promise<T>, timeoutMs = CALL_TIMEOUT_MS): Promise<T> =>
    connection.withDeadline(Date.now() + timeoutMs, ask).catch((cause: unknown) => {
      throw explainTemporal({ what, link, cause });
    });
  return {
    address,
    namespace,
    supervise: (start) => call('start superviseBackup', () => supervise(client, start)),
    request: (request) => call(request.update, () => sendRequest(client, request), REQUEST_TIMEOUT_MS),
    runRestore: (start) => call('start runReplicationRestore', () => runRestore(client, start)),
    cancelRestore: (cancellation) =>
      call('cancel', () => sendCancel(client, cancellation), REQUEST_TIMEOUT_MS),
    outcomeOf: (run, { timeoutMs }) => ended(link, run, backupOutcome(client, { run, timeoutMs })),
    restoreOutcomeOf: (run, { timeoutMs }) => ended(link, run, restoreOutcome(client, { run, timeoutMs })),
    startStress: (start) => call('start stressCluster', () => startStress(client, start)),
    cancelStress: ({ workflowId, runId }) =>
      call(`cancel ${workflowId}`, async () => {
        await client.workflow.getHandle(workflowId, runId).cancel();
      }),
    stressState: (workflowId) => call(`describe ${workflowId}`, () => stressStateOf(client, workflowId)),
    stressStatus: (workflowId) =>
      call(
        `query ${workflowId}`,
        () => client.workflow.getHandle(workflowId).query(stressStatus),
        QUERY_TIMEOUT_MS,
      ),
    stressOutcomeOf: (run, { timeoutMs }) => ended(link, run, stressOutcome(client, { run, timeoutMs })),
    openRun: (workflowId) => call(`describe ${workflowId}`, () => openRun(client, { workflowId })),
    openRunsUnder: (idPrefix) => call('list workflows', () => openRunsUnder(client, idPrefix)),
    incidentStatus: (workflowId) =>
      call(
        `query ${workflowId}`,
        () => client.workflow.getHandle(workflowId).query(status),
        QUERY_TIMEOUT_MS,
      ),
    restoreStatus: (workflowId) =>
      call(
        `query ${workflowId}`,
        () => client.workflow.getHandle(workflowId).query(restoreStatus),
        QUERY_TIMEOUT_MS,
      ),
    drills: {
      ...createDrillAccess(client, call),
      outcomeOf: (run, { timeoutMs }) =>
        ended(link, run, drillOutcome(client, { run, timeoutMs })).catch(withoutVerdict),
    },
    pollers: (queue) => call(`describe task queue ${queue.name}`, () => pollersOf(link, queue)),
    activityHolder: (workflowId) =>
      call(`describe ${workflowId}`, () => activityHolderOf(client, workflowId)),
    requireNamespace: () =>
      call('describe the namespace', async () => {
        await connection.workflowService.describeNamespace({ namespace });
      }),
    missingSearchAttributes: () =>
      call('list search attributes', () => missingSearchAttributes(connection, namespace)),
    registerSearchAttributes: (names) =>
      call('register search attributes', () => registerSearchAttributes(connection, { namespace, names })),
    close: () => connection.close(),
  };
}

async function ended<T>(link: Link, run: WorkflowRun, outcome: Promise<T>): Promise<T> {
  return outcome.catch((cause: unknown) => {
    throw explainTemporal({ what: `run ${run.runId} of ${run.workflowId}`, link, cause });
  });
}

/** 1 says that the backup is bad: a drill that failed or was ended by somebody has not said so. */
function withoutVerdict(failure: unknown): never {
  const isDrills = failure instanceof CliFailure && failure.cause instanceof WorkflowFailedError;
  if (!isDrills || failure.exitCode !== EXIT.failed) throw failure;
  throw new CliFailure(failure.message, { exitCode: EXIT.inconclusive, cause: failure.cause });
}
