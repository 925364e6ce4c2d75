import { describe, expect, test } from 'vitest';
import { brWordIn, withSummaryLine } from '../../src/backup-manager/br-words.js';

const prefix = '[2026/11/21 10:31:30.123 +00:00] [INFO]';

describe('a line of BR', () => {
  test.each([
    [
      `${prefix} [progress.go:160] [progress] [step="Full Restore"] [progress=4.92%] [count="120748 / 2452643"] [speed="? p/s"] [elapsed=2m0s] [remaining=?]`,
      { kind: 'progress', step: 'Full Restore', percent: 4.92 },
    ],
    [
      `${prefix} [progress.go:160] [progress] [step=Checksum] [progress=100.00%]`,
      { kind: 'progress', step: 'Checksum', percent: 100 },
    ],
    [
      '{"level":"INFO","message":"progress","step":"Full Backup","progress":"7%","elapsed":"3s"}',
      { kind: 'progress', step: 'Full Backup', percent: 7 },
    ],
    [
      `${prefix} [context.go:122] ["BR operation started"] [operation_id=op-1] [operation_started_at=2026-11-21T10:31:30Z] [command="restore point"]`,
      { kind: 'operation', id: 'op-1', command: 'restore point', startedAt: '2026-11-21T10:31:30Z' },
    ],
    [
      '{"message":"BR operation started","operation_id":"op-2","command":"restore full"}',
      { kind: 'operation', id: 'op-2', command: 'restore full', startedAt: '' },
    ],
  ])('says %s', (line, word) => {
    expect(brWordIn(line)).toEqual(word);
  });

  test.each([
    '',
    'Full Restore <-------> 12.00%',
    `${prefix} [backup.go:1] ["a step"] [step="Full Restore"]`,
    `${prefix} [context.go:122] ["BR operation started"] [command="restore point"]`,
  ])('says nothing: %s', (line) => {
    expect(brWordIn(line)).toBeUndefined();
  });
});

describe('the summaries of BR', () => {
  const read = (lines: readonly string[]) => lines.reduce(withSummaryLine, {});

  test('say the moment and the size of a snapshot, to the last digit', () => {
    expect(
      read([
        `${prefix} [collector.go:77] ["Full Backup success summary"] [total-ranges=16] ["backup total regions"=1] [total-take=3s] [BackupTS=454500000000000001] [total-kv-size=1.5MB] [Size=1572864]`,
        `${prefix} [main.go:1] [done] [BackupTS=1] [Size=2]`,
      ]),
    ).toEqual({ backupTs: '454500000000000001', sizeBytes: 1_572_864, restoredTo: undefined });
  });

  test('say the same as JSON', () => {
    const line =
      '{"level":"INFO","message":"Full Backup success summary","total-kv-size":"1.5MB","BackupTS":454500000000000001,"Size":5}';
    expect(read([line])).toEqual({ backupTs: '454500000000000001', sizeBytes: 5, restoredTo: undefined });
  });

  test.each(['restore-to', 'source-end-point'])('say how far the log was restored: %s', (name) => {
    expect(
      read([
        `${prefix} [collector.go:77] ["Full Restore success summary"] [Size=5056] [BackupTS=434693927394607136]`,
        `${prefix} [collector.go:77] ["restore log success summary"] [source-start-point=434693681289625602] [${name}=434693753549881345] [target-end-point=9]`,
      ]),
    ).toEqual({ backupTs: '434693927394607136', sizeBytes: 5_056, restoredTo: '434693753549881345' });
  });

  test('say nothing where BR failed', () => {
    expect(read([`${prefix} [collector.go:77] ["Full Backup failed summary"] [BackupTS=4545]`])).toEqual({});
  });
});
