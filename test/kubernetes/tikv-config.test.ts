import { expect, test } from 'vitest';
import { tikvGateIn } from '../../src/kubernetes/tikv-config.js';
import { tikvGateObstacle } from '../../src/domain/replication/tikv-gate.js';

test.each([
  ['an integer in a table', '[gc]\nratio-threshold = -1\n'],
  [
    'a float in a table, after others',
    '[storage]\nreserve-space = "0MB"\n\n[gc]\nratio-threshold = -1.0 # off\n',
  ],
  ['a dotted key', 'gc.ratio-threshold = -1.0'],
  ['a quoted dotted key', '"gc"."ratio-threshold" = -1'],
  ['an inline table', 'gc = { ratio-threshold = -1, batch-keys = 512 }'],
])('garbage collection that is off opens the gate: %s', (_name, text) => {
  expect(tikvGateIn(text)).toStrictEqual({ state: 'open' });
});

test.each([
  ["TiKV's default", '[gc]\nratio-threshold = 1.1', '1.1'],
  ['almost -1', '[gc]\nratio-threshold = -1.1', '-1.1'],
  ['a text', '[gc]\nratio-threshold = "-1"', '"-1"'],
  ['not set', '[gc]\nbatch-keys = 512', undefined],
  ['the name in another table', '[raftstore.gc]\nratio-threshold = -1', undefined],
  ['an empty file', '', undefined],
  ['gc is no table', 'gc = 5', undefined],
])('anything else keeps it closed: %s', (_name, text, found) => {
  expect(tikvGateIn(text)).toStrictEqual({ state: 'closed', found });
});

test('what is no TOML is unknown, in one line', () => {
  expect(tikvGateIn('[gc\nratio-threshold = -1')).toStrictEqual({
    state: 'unknown',
    why: expect.stringMatching(/^TiKV's configuration is no TOML: .+$/),
  });
});

test('a closed gate says which change opens it', () => {
  const cluster = { namespace: 'prod', cluster: 'basic' };
  expect(tikvGateObstacle({ state: 'open' }, cluster)).toBeUndefined();
  expect(tikvGateObstacle({ state: 'closed', found: '1.1' }, cluster)).toStrictEqual({
    reason: 'TikvGateClosed',
    message:
      'gc.ratio-threshold of TiKV must be -1 before BR starts, and is 1.1 there: in spec.tikv.config of TidbCluster ' +
      "prod/basic set ratio-threshold = -1.0 under [gc], and wait until TiKV's ConfigMap has it",
  });
  expect(tikvGateObstacle({ state: 'unknown', why: 'no ConfigMap' }, cluster)?.message).toContain(
    'cannot be seen (no ConfigMap)',
  );
});
