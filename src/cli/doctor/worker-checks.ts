import { taskQueues, watchWorkflowId } from '../../domain/names.js';
import { shortAge } from '../render/times.js';
import type { TemporalAccess } from '../temporal-access.js';
import type { QueueOfWorkers } from '../temporal-workers.js';
import type { Check } from './check.js';

/** A poll lasts a minute at most: whoever polled longer ago is gone, though the server still remembers it. */
const FRESH_POLL_MS = 90_000;
/** The watch heartbeats every 2 s, and counts as dead after 10 s. */
const FRESH_HEARTBEAT_MS = 30_000;

export interface WorkerQuestion {
  readonly temporal: TemporalAccess;
  readonly cluster: string;
  /** Prefix of all task queues. */
  readonly taskQueue: string;
  readonly nowMs: number;
}

/** Whether somebody does the work for this cluster. */
export async function workerChecks(question: WorkerQuestion): Promise<Check[]> {
  const { taskQueue: prefix, cluster } = question;
  const queues = taskQueues({ prefix, cluster });
  return Promise.all([
    pollerCheck(question, { name: queues.workflows, kind: 'workflow' }),
    pollerCheck(question, { name: queues.kubernetes, kind: 'activity' }),
    watchQueueCheck(question, queues.watch),
    watchCheck(question),
  ]);
}

/** For a computer that only drills: it starts nothing itself, but somebody has to run the workflow of a drill. */
export async function orchestratorCheck(question: WorkerQuestion): Promise<Check> {
  const { workflows } = taskQueues({ prefix: question.taskQueue, cluster: question.cluster });
  const check = await pollerCheck(question, { name: workflows, kind: 'workflow' });
  if (check.verdict !== 'fail') return check;
  const mend = `drills wait until a worker with the role orchestrator runs somewhere: ${check.mend ?? ''}`;
  return { ...check, verdict: 'warn', mend };
}

/** A worker that holds the watch does not poll for another: its heartbeats are its sign of life. */
async function watchQueueCheck(question: WorkerQuestion, name: string): Promise<Check> {
  const { temporal, cluster, nowMs } = question;
  const polled = await pollerCheck(question, { name, kind: 'activity' });
  if (polled.verdict === 'ok') return polled;
  const holder = await temporal.activityHolder(watchWorkflowId(cluster));
  if (holder === undefined || nowMs - holder.lastHeartbeatMs > FRESH_HEARTBEAT_MS) return polled;
  const { area, name: check } = polled;
  return {
    area,
    name: check,
    verdict: 'ok',
    found: `${holder.identity} has the watch, no other worker polls`,
  };
}

export async function pollerCheck(
  { temporal, cluster, taskQueue, nowMs }: WorkerQuestion,
  queue: QueueOfWorkers,
): Promise<Check> {
  const check = { area: 'Worker', name: `task queue ${queue.name}` } as const;
  const pollers = await temporal.pollers(queue);
  const fresh = pollers.filter(({ lastPollMs }) => nowMs - lastPollMs <= FRESH_POLL_MS);
  if (fresh.length > 0) return { ...check, verdict: 'ok', found: `${fresh.length} polling` };
  const lastMs = Math.max(...pollers.map(({ lastPollMs }) => lastPollMs));
  const found = pollers.length === 0 ? 'nobody polls it' : `last polled ${shortAge(nowMs - lastMs)} ago`;
  const mend = `run 'holdfast worker' with HOLDFAST_CLUSTER=${cluster} HOLDFAST_TASK_QUEUE=${taskQueue} in Temporal namespace ${temporal.namespace}`;
  return { ...check, verdict: 'fail', found, mend };
}

async function watchCheck({ temporal, cluster }: WorkerQuestion): Promise<Check> {
  const workflowId = watchWorkflowId(cluster);
  const check = { area: 'Worker', name: 'watch' } as const;
  const run = await temporal.openRun(workflowId);
  if (run !== undefined) return { ...check, verdict: 'ok', found: `workflow ${workflowId} is open` };
  return {
    ...check,
    verdict: 'fail',
    found: `workflow ${workflowId} is not open: failures are not seen`,
    mend: 'a worker with the role watch starts it: look at HOLDFAST_ROLES, and restart a worker',
  };
}
