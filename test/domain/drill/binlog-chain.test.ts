import { describe, expect, test } from 'vitest';
import { chainProblem, filesFrom, type BinlogScan } from '../../../src/domain/drill/binlog-chain.js';
import type { Gtid } from '../../../src/domain/drill/binlog-event.js';
import { parseGtids, stateOf } from '../../../src/domain/drill/gtid-state.js';
import { planReplay } from '../../../src/domain/drill/replay-plan.js';

const info = { file: 'binlog.000002', position: 500, gtid: '0-1-12' };

const gtid = (text: string): Gtid => {
  const [first] = parseGtids(text) ?? [];
  if (first === undefined) throw new Error(`${text} is no GTID`);
  return first;
};

function scan(file: string, states: { from: string; to: string; more?: Partial<BinlogScan> }): BinlogScan {
  return {
    file,
    sizeBytes: 1_000,
    checksums: true,
    header: parseGtids(states.from) ?? [],
    end: stateOf(parseGtids(states.to) ?? []),
    transactions: 5,
    last: { gtid: gtid(states.to), timestampSeconds: 1_795_288_760, position: 900 },
    ...states.more,
  };
}

const first = scan('binlog.000002', {
  from: '0-1-10',
  to: '0-1-15',
  more: { atBackup: stateOf(parseGtids('0-1-12') ?? []) },
});

describe('the files after a backup', () => {
  test('are those of its own name, by number and not by text, and never the index', () => {
    const names = [
      'binlog.000010',
      'binlog.000002',
      'binlog.index',
      'other.000003',
      'binlog.000001',
      'binlog.000009',
    ];
    expect(filesFrom(info, names)).toEqual(['binlog.000002', 'binlog.000009', 'binlog.000010']);
    expect(filesFrom(info, ['binlog.1000000', 'binlog.999999'])).toEqual(['binlog.999999', 'binlog.1000000']);
  });
});

describe('the chain of binary logs', () => {
  test('holds where each file begins as the one before ended', () => {
    const next = scan('binlog.000003', { from: '0-1-15', to: '0-1-20' });
    expect(chainProblem(info, [first, next])).toBeUndefined();
  });

  test.each([
    ['a file is missing', scan('binlog.000004', { from: '0-1-17', to: '0-1-20' }), 'binlog-gap'],
    ['a file is of an older copy', scan('binlog.000003', { from: '0-1-13', to: '0-1-20' }), 'binlog-gap'],
    [
      'another server wrote between',
      scan('binlog.000003', { from: '0-1-15,0-2-16', to: '0-1-20' }),
      'binlog-gap',
    ],
  ])('does not hold where %s', (_, next, cause) => {
    expect(chainProblem(info, [first, next])).toMatchObject({ cause, file: next.file });
  });

  test('holds where the server has forgotten a domain', () => {
    const two = scan('binlog.000002', {
      from: '0-1-10,7-1-3',
      to: '0-1-15',
      more: { ...(first.atBackup && { atBackup: first.atBackup }) },
    });
    const next = scan('binlog.000003', { from: '0-1-15', to: '0-1-20' });
    expect(chainProblem(info, [two, next])).toBeUndefined();
  });

  test('does not begin where no event begins at the position of the backup', () => {
    expect(chainProblem(info, [scan('binlog.000002', { from: '0-1-10', to: '0-1-15' })])).toMatchObject({
      cause: 'binlog-gap',
    });
  });

  test('does not begin with another transaction than the backup ends with', () => {
    expect(chainProblem({ ...info, gtid: '0-1-11' }, [first])).toMatchObject({ cause: 'binlog-gap' });
  });

  test('needs the file in which the backup ends', () => {
    expect(chainProblem(info, [scan('binlog.000003', { from: '0-1-15', to: '0-1-20' })])).toMatchObject({
      cause: 'binlog-missing',
    });
    expect(chainProblem(info, [])).toMatchObject({ cause: 'binlog-missing' });
  });
});

describe('a replay', () => {
  const next = scan('binlog.000003', { from: '0-1-15', to: '0-1-20' });

  test('to the newest takes all files', () => {
    expect(planReplay({ info, scans: [first, next], target: undefined })).toMatchObject({
      files: ['binlog.000002', 'binlog.000003'],
      startPosition: 500,
      last: { gtid: gtid('0-1-20') },
    });
  });

  test('of a file that holds nothing after the backup has no last transaction', () => {
    const only = { ...first, last: { gtid: gtid('0-1-12'), timestampSeconds: 1, position: 400 } };
    expect(planReplay({ info, scans: [only], target: undefined })).not.toHaveProperty('last');
  });

  test('to one transaction stops behind it, in the file that has it', () => {
    const target = { gtid: gtid('0-1-14'), timestampSeconds: 1, position: 700, endPosition: 800 };
    expect(planReplay({ info, scans: [{ ...first, target }, next], target: gtid('0-1-14') })).toMatchObject({
      files: ['binlog.000002'],
      startPosition: 500,
      stopPosition: 800,
    });
  });

  test('to a transaction that the backup holds replays nothing, and to one that nobody has is refused', () => {
    expect(planReplay({ info, scans: [first], target: gtid('0-1-12') })).toMatchObject({ files: [] });
    expect(planReplay({ info, scans: [first], target: gtid('0-1-99') })).toMatchObject({
      cause: 'target-missing',
    });
  });
});
