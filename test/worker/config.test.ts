import { describe, expect, test } from 'vitest';
import { InvalidEnvironment, parseWorkerConfig } from '../../src/worker/config.js';

const parse = (environment: Record<string, string>, isTerminal = false) =>
  parseWorkerConfig(environment, { isTerminal });

test('an empty environment gives the documented defaults', () => {
  expect(parse({})).toMatchObject({
    cluster: undefined,
    kubeLimit: { qps: 300, burst: 600 },
    operator: 'auto',
    namespaces: undefined,
    roles: ['orchestrator', 'watch'],
    taskQueue: 'holdfast',
    listen: { host: '127.0.0.1', port: 9464 },
    logLevel: 'info',
    logFormat: 'json',
  });
});

test('logs are pretty on a terminal unless told otherwise', () => {
  expect(parse({}, true).logFormat).toBe('pretty');
  expect(parse({ HOLDFAST_LOG_FORMAT: 'json' }, true).logFormat).toBe('json');
});

test('lists are comma separated, * is all namespaces', () => {
  expect(parse({ HOLDFAST_NAMESPACES: 'a, b', HOLDFAST_ROLES: 'watch' })).toMatchObject({
    namespaces: ['a', 'b'],
    roles: ['watch'],
  });
  expect(parse({ HOLDFAST_NAMESPACES: '*' }).namespaces).toBeUndefined();
});

test('the budget of API requests can be set', () => {
  expect(parse({ HOLDFAST_KUBE_QPS: '50', HOLDFAST_KUBE_BURST: '75' }).kubeLimit).toStrictEqual({
    qps: 50,
    burst: 75,
  });
});

describe('a drill host', () => {
  test('has a work directory, and may have a limit', () => {
    const host = { HOLDFAST_ROLES: 'drill', HOLDFAST_WORK_DIR: '/var/lib/holdfast' };
    expect(parse(host).work).toEqual({ dir: '/var/lib/holdfast', limitBytes: undefined });
    expect(parse({ ...host, HOLDFAST_WORK_LIMIT: '2Gi' }).work?.limitBytes).toBe(2 * 2 ** 30);
    expect(parse({ ...host, HOLDFAST_WORK_LIMIT: '1000' }).work?.limitBytes).toBe(1_000);
  });

  test('without a work directory is refused', () => {
    expect(() => parse({ HOLDFAST_ROLES: 'watch,drill' })).toThrow('HOLDFAST_WORK_DIR: received ""');
  });

  test.each(['0', '-1', '5GB', 'all', '9999999999999Ti'])('with the limit %s is refused', (limit) => {
    const host = { HOLDFAST_ROLES: 'drill', HOLDFAST_WORK_DIR: '/w', HOLDFAST_WORK_LIMIT: limit };
    expect(() => parse(host)).toThrow(`HOLDFAST_WORK_LIMIT: received "${limit}"`);
  });

  test('is nothing that another role is', () => {
    expect(parse({ HOLDFAST_WORK_DIR: '/w' }).work).toBeUndefined();
  });
});

describe('a wrong environment', () => {
  test('names every problem at once, with the received value', () => {
    const wrong = {
      HOLDFAST_KUBE_QPS: '0',
      HOLDFAST_KUBE_BURST: '1e3',
      HOLDFAST_TIDB_OPERATOR: 'maybe',
      HOLDFAST_ROLES: 'watch,cook',
      HOLDFAST_LISTEN: 'nowhere',
      HOLDFAST_LOG_LEVEL: 'loud',
      HOLDFAST_CLUSTER: "a'b",
      HOLDFAST_PAYLOAD_KEY_FILE: '/keys',
    };
    expect(() => parse(wrong)).toThrow(InvalidEnvironment);
    for (const [name, value] of Object.entries(wrong)) {
      expect(() => parse(wrong)).toThrow(`${name}: received "${value}"`);
    }
  });
});
