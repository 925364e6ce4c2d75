import { describe, expect, test } from 'vitest';
import type { ApiWrite } from '../../bench/audit-log.js';
import { gateLatencyMs, type ObservedRestore } from '../../bench/replication/observed-restore.js';
import { restoreCostsOf } from '../../bench/replication/restore-costs.js';
import { replicationReport, type ReplicationMeasurements } from '../../bench/replication/restore-report.js';

function write(verb: string, resource: string, rest: Partial<ApiWrite> & { name: string }): ApiWrite {
  return { user: 'holdfast-worker', verb, resource, code: 200, receivedMs: 0, answeredMs: 1, ...rest };
}

describe('what a restore costs the API server', () => {
  const names = ['dr', 'dr-2'];
  const costs = restoreCostsOf({
    names,
    workerUser: 'holdfast-worker',
    writes: [
      write('patch', 'restores', { name: 'dr' }),
      write('patch', 'restores', { name: 'dr-2' }),
      write('patch', 'restores', { name: 'dr', code: 409 }),
      write('create', 'jobs', { name: 'dr-snapshot-restore', code: 201 }),
      write('create', 'jobs', { name: 'dr-2-log-restore', code: 201 }),
      write('create', 'events', { name: 'dr.0abc', code: 201 }),
      write('patch', 'restores', { name: 'dr', user: 'node-agent' }),
      write('patch', 'restores', { name: 'another' }),
    ],
  });

  test('counts for each restore what the worker wrote of it, its Jobs and its Events', () => {
    expect({ writes: costs.writes, events: costs.events }).toEqual({ writes: [2, 2], events: [1, 0] });
  });

  test('counts what was refused apart, and says what it was', () => {
    expect(costs.refused).toEqual([1, 0]);
    expect(costs.refusals).toBe('patch restores (409) 0.50');
  });

  test('says of what it consists, on average', () => {
    expect(costs.composition).toBe('create events 0.50, create jobs 1.00, patch restores 1.00');
  });
});

test.each([
  ['snapshot', { snapshotAtMs: 900, compactionAtMs: 500 }],
  ['compaction', { snapshotAtMs: 500, compactionAtMs: 900 }],
])('the gate is timed from the later input where the %s is last', (_last, inputs) => {
  const rest = { name: 'dr', createdAtMs: 0, startedAtMs: 100, completeAtMs: 2_000 };
  expect(gateLatencyMs({ ...rest, ...inputs, logAtMs: 1_000 })).toBe(100);
});

describe('the report', () => {
  const restore: ObservedRestore = {
    name: 'dr',
    createdAtMs: 0,
    startedAtMs: 199,
    snapshotAtMs: 900,
    compactionAtMs: 500,
    logAtMs: 1_051,
    completeAtMs: 2_000,
  };
  const costs = {
    writes: [5, 7],
    events: [4, 4],
    refused: [0, 0],
    composition: 'patch restores 3.00',
    refusals: '',
  };
  const singles = { last: 'snapshot', restores: [restore], yardstickMs: [10], busyPercent: 50 } as const;
  const waiting = {
    seconds: 30,
    count: 40,
    apiWrites: 0,
    temporalEvents: 3,
    blockedTemporalEvents: 200,
    workerCpuPercent: 2,
  };
  const measured: ReplicationMeasurements = {
    before: { load: 1, busyMs: 0, idleMs: 0 },
    after: { load: 2, busyMs: 100, idleMs: 100 },
    first: restore,
    orders: [{ singles, costs }],
    waiting,
    many: undefined,
    anomalies: [],
  };
  const rowsOf = (measurements: ReplicationMeasurements) =>
    replicationReport(measurements)
      .split('\n')
      .map((line) => line.replaceAll(/ +/g, ' '));

  test('holds each figure against its limit', () => {
    const rows = rowsOf(measured);
    expect(rows).toContain(
      '| both inputs ready → log Job, snapshot last | 1 | 151 | 151 | 151 | 151 | 15.1 | 150 / - | OVER / - |',
    );
    expect(rows).toContain(
      '| Restore created → snapshot Job (snapshot last) | 1 | 199 | 199 | 199 | 199 | 19.9 | 200 / - | ok / - |',
    );
    expect(rows).toContain('| API, snapshot last: writes of a run, largest | 7 | 6 | OVER |');
    expect(rows).toContain('| API, snapshot last: Events of a run, largest | 4 | 4 | ok |');
    expect(rows).toContain('| 40 wait for their compaction, 30 s: Temporal events | 3 | 0 | OVER |');
  });

  test('tells of many at once only where they were measured', () => {
    expect(rowsOf(measured).filter((row) => row.includes('at once'))).toEqual([]);
    const many = { restores: [restore], cpuMs: new Map([['worker', 70]]), peakRssMiB: 300, busyPercent: 90 };
    expect(rowsOf({ ...measured, many })).toContain(
      '| 1 at once: first Restore created → all Complete | 2.0 s | | |',
    );
  });
});
