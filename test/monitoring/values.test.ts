import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { prometheusDuration, secondsOf } from '../../monitoring/prometheus-duration.js';
import { environments, parseValues, readValues } from '../../monitoring/values.js';

const yaml = await readFile('monitoring/values.yaml', 'utf8');

/** values.yaml with one value replaced; `path` as in an error message. */
function valuesWith(path: string, value: unknown): string {
  const keys = path.split('.');
  const change = (node: unknown, [key = '', ...rest]: readonly string[]): unknown => {
    const fields = typeof node === 'object' && node !== null ? { ...node } : {};
    const old = new Map<string, unknown>(Object.entries(fields)).get(key);
    return { ...fields, [key]: rest.length === 0 ? value : change(old, rest) };
  };
  return stringify(change(parse(yaml), keys));
}

test.each(environments)('the values of %s are complete', async (environment) => {
  await expect(readValues(environment)).resolves.toHaveProperty('rules.logBackup.persistentAfter');
});

test('a map of the environments stands for the value of each, anything else for all', () => {
  const given = valuesWith('rules.watch.restarts', { development: 1, staging: 2, production: 3 });
  expect(environments.map((name) => parseValues(given, name).rules.watch.restarts)).toEqual([1, 2, 3]);
  const same = valuesWith('rules.watch.restarts', 7);
  expect(environments.map((name) => parseValues(same, name).rules.watch.restarts)).toEqual([7, 7, 7]);
});

describe('a value that is wrong is named, with what it should be', () => {
  test.each([
    ['rules.drill.verifiedWithin', 'soon', 'a duration such as'],
    ['rules.drill.verifiedWithin', { production: '2d' }, 'expected string, received undefined'],
    ['rules.drill.sizeDroppedBelow', 50, 'Too big'],
    ['rules.keepFiringFor', '1m', 'longer than watch.absentFor'],
    ['rules.clusters', ['a"} or vector(1'], 'a name of letters'],
    ['rules.watch.staleafter', '5m', 'Unrecognized key'],
    ['alertmanager.webhook', { url: 'automation' }, 'Invalid URL'],
  ])('%s', (path, value, reason) => {
    const failure = () => parseValues(valuesWith(path, value), 'staging');
    expect(failure).toThrow('values.yaml, staging:');
    expect(failure).toThrow(reason);
    expect(failure).toThrow(path.split('.')[1]);
  });
});

test.each([
  ['90s', 90],
  ['15m', 900],
  ['1h30m', 5_400],
  ['8d', 691_200],
  ['0s', 0],
])('%s are %d seconds', (duration, seconds) => {
  expect(secondsOf(duration)).toBe(seconds);
});

test.each(['', '5', 'm', '1.5h', '30m1h', '-5m', '1 h', '100ms'])('"%s" is no duration', (text) => {
  expect(prometheusDuration.safeParse(text).success).toBe(false);
});
