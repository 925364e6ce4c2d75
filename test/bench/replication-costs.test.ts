import { describe, expect, test } from 'vitest';
import type { ApiWrite } from '../../bench/audit-log.js';
import { gateLatencyMs } from '../../bench/replication/observed-restore.js';
import { restoreCostsOf } from '../../bench/replication/restore-costs.js';

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

  test('counts what was refused apart', () => expect(costs.refused).toEqual([1, 0]));

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
