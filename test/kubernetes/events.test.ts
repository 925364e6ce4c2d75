import { beforeEach, expect, test } from 'vitest';
import { completeEvent } from '../../src/domain/replication/restore-events.js';
import type { BackupEvent } from '../../src/domain/retry/events.js';
import {
  recordEvent,
  recordRestoreEvents,
  type EventSink,
  type WrittenEvent,
} from '../../src/kubernetes/events.js';
import { createRecentSet } from '../../src/kubernetes/recent-set.js';
import { EVENTS } from '../../src/kubernetes/resources.js';
import { restoreWith } from '../domain/replication/restore-objects.js';
import { exampleBackup, NOW_MS } from '../domain/retry/example-backup.js';
import { createInMemoryCluster, type InMemoryCluster } from './in-memory-cluster.js';
import { interceptedApi } from './intercepted-api.js';

const EXHAUSTED: BackupEvent = {
  type: 'Warning',
  reason: 'RetryExhausted',
  message: 'no more',
  key: 'job-1',
};

let cluster: InMemoryCluster;
let written: WrittenEvent[];
let sink: EventSink;
beforeEach(() => {
  cluster = createInMemoryCluster();
  written = [];
  sink = { api: cluster.api, onEvent: (event) => void written.push(event) };
});

const tell = (to: EventSink) => recordEvent(to, { backup: exampleBackup(), event: EXHAUSTED, nowMs: NOW_MS });

test('an Event that is written again by whoever repeats the step is there, and counted, once', async () => {
  await tell(sink);
  await tell(sink);
  expect(cluster.all(EVENTS)).toHaveLength(1);
  expect(written).toEqual([{ reason: 'RetryExhausted', object: 'backup' }]);
});

test('an Event that the API server did not take is not counted', async () => {
  const before = () => {
    throw new Error('the API server is away');
  };
  await expect(tell({ ...sink, api: interceptedApi(cluster.api, { before }) })).rejects.toThrow('away');
  expect(written).toEqual([]);
});

test('an Event on a Restore is counted as such', async () => {
  const told = createRecentSet(10);
  const events = [completeEvent('454500000000000001')];
  await recordRestoreEvents(sink, { restore: restoreWith(), events, told, nowMs: NOW_MS });
  expect(written).toEqual([{ reason: 'RestoreComplete', object: 'restore' }]);
});
