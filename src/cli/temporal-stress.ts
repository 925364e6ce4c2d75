import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import type { StressClusterInput } from '../domain/stress/stress-input.js';
import { StressProgress } from '../domain/stress/stress-progress.js';
import { stressClusterStart } from '../temporal/stress-cluster-start.js';
import { PHASE } from '../workflows/search-attributes.js';
import type { stressCluster } from '../workflows/stress-cluster.js';
import type { WorkflowRun } from './temporal-runs.js';

export interface StressStart {
  readonly input: StressClusterInput;
  /** Prefix of all task queues. */
  readonly taskQueue: string;
}

/** A run creates once: whoever starts it again gets the one that there is. A cleanup may follow any run that ended. */
export async function startStress(
  client: Client,
  { input, taskQueue }: StressStart,
): Promise<WorkflowRun & { readonly attached: boolean }> {
  const start = stressClusterStart(input);
  const { workflowId } = start;
  try {
    const handle = await client.workflow.start<typeof stressCluster>('stressCluster', {
      ...start,
      taskQueue,
      ...(input.work !== undefined && { workflowIdReusePolicy: 'REJECT_DUPLICATE' }),
    });
    return { workflowId, runId: handle.firstExecutionRunId, attached: false };
  } catch (failure) {
    if (!(failure instanceof WorkflowExecutionAlreadyStartedError)) throw failure;
    const { runId } = await client.workflow.getHandle(workflowId).describe();
    return { workflowId, runId, attached: true };
  }
}

export interface StressState {
  /** Its search attribute; `undefined` before the first task. */
  readonly phase: string | undefined;
  /** From the newest heartbeat of the creation; `undefined` before and after it. */
  readonly progress: StressProgress | undefined;
}

export async function stressStateOf(client: Client, workflowId: string): Promise<StressState> {
  const { raw, typedSearchAttributes } = await client.workflow.getHandle(workflowId).describe();
  const [activity] = raw.pendingActivities ?? [];
  const { payloadConverter, payloadCodecs } = client.options.loadedDataConverter;
  let payloads = activity?.heartbeatDetails?.payloads ?? [];
  for (const codec of payloadCodecs.toReversed()) payloads = await codec.decode(payloads);
  const [payload] = payloads;
  const details: unknown = payload === undefined ? undefined : payloadConverter.fromPayload(payload);
  return { phase: typedSearchAttributes.get(PHASE), progress: StressProgress.safeParse(details).data };
}
