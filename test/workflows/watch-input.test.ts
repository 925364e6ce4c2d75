import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTimeSkippingServer, WORKFLOW_BUNDLE } from './time-skipping-server.js';

let server: TestWorkflowEnvironment;
beforeAll(async () => {
  server = await startTimeSkippingServer();
});
afterAll(() => server?.teardown());

test.each(['watchCluster', 'watchDrillPlans'])('%s refuses an input without a cluster', async (workflow) => {
  const taskQueue = `holdfast-${randomUUID()}`;
  const connection = server.nativeConnection;
  const worker = await Worker.create({ connection, taskQueue, workflowBundle: WORKFLOW_BUNDLE });
  const ended = worker.runUntil(
    server.client.workflow.execute(workflow, { workflowId: taskQueue, taskQueue, args: [{}] }),
  );
  const failure: unknown = await ended.catch((failure: unknown) => failure);
  expect(failure).toBeInstanceOf(WorkflowFailedError);
  const message = expect.stringContaining('cluster');
  expect(failure).toMatchObject({ cause: { type: 'InvalidInput', message } });
});
