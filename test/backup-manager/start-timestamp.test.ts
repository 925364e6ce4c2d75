import { expect, test } from 'vitest';
import { commitTimestamp, startTimestampIn } from '../../src/backup-manager/start-timestamp.js';

test.each([
  [
    '[2026/11/21 10:31:30.123 +00:00] [INFO] [collector.go:77] ["log start"] ' +
      '[streamTaskInfo="{taskName=orders,startTs=454500000000000001,endTS=999999999999999999,tableFilter=*.*}"] [pausing=false]',
    '454500000000000001',
  ],
  ['[INFO] ["log start"] [streamTaskInfo="{startTs=4545,taskName=orders}"]', '4545'],
  ['[INFO] ["Welcome to Backup & Restore (BR)"] [startTs=1]', undefined],
])('the start of a task is read from BR (%#)', (line, timestamp) => {
  expect(startTimestampIn(line)).toBe(timestamp);
});

const endedMs = Date.parse('2026-11-21T10:31:30Z');
const tso = (time: string) => (BigInt(Date.parse(time)) << 18n).toString();

test.each([
  ['what BR printed', { printed: '4545', requested: '1' }, '4545'],
  ['the TSO that was asked for', { printed: undefined, requested: '4546' }, '4546'],
  [
    'the time that was asked for',
    { printed: undefined, requested: '2026-11-20T00:00:00Z' },
    tso('2026-11-20T00:00:00Z'),
  ],
  ['the end of BR', { printed: undefined, requested: undefined }, tso('2026-11-21T10:31:30Z')],
  [
    'the end of BR, where now was asked for',
    { printed: undefined, requested: '0' },
    tso('2026-11-21T10:31:30Z'),
  ],
])('the commitTs is %s', (_name, known, expected) => {
  expect(commitTimestamp({ ...known, endedMs })).toBe(expected);
});
