import type { Client, WorkflowHandle } from '@temporalio/client';
import { backupWorkflowId } from '../../src/domain/names.js';
import type { Journal } from './journal.js';

type HistoryEvent = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

/** One event of a workflow's history, as far as the bench asks. */
export interface PastEvent {
  readonly kind:
    'TaskStarted' | 'ActivityScheduled' | 'ActivityStarted' | 'TimerStarted' | 'TimerFired' | 'Other';
  /** By the Temporal server's clock, epoch milliseconds with their fraction. */
  readonly atMs: number;
  /** Name of the activity that is scheduled. */
  readonly activity?: string;
  /** Delay of the timer that is started, milliseconds. */
  readonly delayMs?: number;
}

/** History of the newest run for each Backup, by its name. */
export async function readHistories(
  client: Client,
  { journal, names }: { journal: Journal; names: readonly string[] },
): Promise<ReadonlyMap<string, readonly PastEvent[]>> {
  const histories = new Map<string, readonly PastEvent[]>();
  for (const name of names) {
    const metadata = journal.backups(name)[0]?.object.metadata;
    if (metadata === undefined) continue;
    const { events } = await client.workflow.getHandle(backupWorkflowId(metadata)).fetchHistory();
    histories.set(name, (events ?? []).map(pastEvent));
  }
  return histories;
}

function pastEvent(event: HistoryEvent): PastEvent {
  const atMs = milliseconds(event.eventTime);
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled) return { kind: 'ActivityScheduled', atMs, activity: scheduled.activityType?.name ?? '' };
  const timer = event.timerStartedEventAttributes;
  if (timer) return { kind: 'TimerStarted', atMs, delayMs: milliseconds(timer.startToFireTimeout) };
  if (event.workflowTaskStartedEventAttributes) return { kind: 'TaskStarted', atMs };
  if (event.activityTaskStartedEventAttributes) return { kind: 'ActivityStarted', atMs };
  if (event.timerFiredEventAttributes) return { kind: 'TimerFired', atMs };
  return { kind: 'Other', atMs };
}

/** A protobuf Timestamp or Duration. */
function milliseconds(time: HistoryEvent['eventTime']): number {
  return Number(String(time?.seconds ?? 0)) * 1_000 + (time?.nanos ?? 0) / 1_000_000;
}

/** Events from one restart of a Job to the next: what a retry costs in one history. */
export function eventsPerRetry(history: readonly PastEvent[]): number[] {
  const restarts = history.flatMap(({ activity }, index) => (activity === 'restartJob' ? [index] : []));
  return restarts.slice(1).map((index, previous) => index - (restarts[previous] ?? 0));
}
