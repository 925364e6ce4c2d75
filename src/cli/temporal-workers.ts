import { WorkflowNotFoundError, type Client, type Connection } from '@temporalio/client';

/** Temporal's TaskQueueType. Source: temporal/api/enums/v1/task_queue.proto */
const TASK_QUEUE_TYPE = { workflow: 1, activity: 2 } as const;

export interface QueueOfWorkers {
  readonly name: string;
  readonly kind: keyof typeof TASK_QUEUE_TYPE;
}

export interface Poller {
  readonly identity: string;
  /** Epoch milliseconds. */
  readonly lastPollMs: number;
}

/** Who polls this queue; the server forgets them after minutes. */
export async function pollersOf(
  { connection, namespace }: { connection: Connection; namespace: string },
  { name, kind }: QueueOfWorkers,
): Promise<Poller[]> {
  const request = { namespace, taskQueue: { name }, taskQueueType: TASK_QUEUE_TYPE[kind] };
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- no package of ours exports the enum
  const { pollers } = await connection.workflowService.describeTaskQueue(request);
  return (pollers ?? []).map(({ identity, lastAccessTime }) => ({
    identity: identity ?? '',
    lastPollMs: epochMs(lastAccessTime),
  }));
}

export interface ActivityHolder {
  readonly identity: string;
  /** Epoch milliseconds. */
  readonly lastHeartbeatMs: number;
}

/** The worker that runs the only activity of this workflow, or ran it last; `undefined` where none ever did. */
export async function activityHolderOf(
  client: Client,
  workflowId: string,
): Promise<ActivityHolder | undefined> {
  try {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    const [activity] = raw.pendingActivities ?? [];
    if (!activity?.lastHeartbeatTime) return undefined;
    return {
      identity: activity.lastWorkerIdentity ?? '',
      lastHeartbeatMs: epochMs(activity.lastHeartbeatTime),
    };
  } catch (failure) {
    if (failure instanceof WorkflowNotFoundError) return undefined;
    throw failure;
  }
}

function epochMs(timestamp: { readonly seconds?: unknown } | null | undefined): number {
  return Number(timestamp?.seconds ?? 0) * 1_000;
}
