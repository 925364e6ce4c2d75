import { expect, test } from 'vitest';
import { statusWithoutProgress, statusWithWords } from '../../src/backup-manager/observed-progress.js';

const at = '2026-11-21T10:00:05Z';
const step = (name: string, percent: number, when = at) => ({
  word: { kind: 'progress', step: name, percent } as const,
  at: when,
});
const operation = (id: string, startedAt = '2026-11-21T10:00:00.123Z') => ({
  word: { kind: 'operation', id, command: 'restore point', startedAt } as const,
  at,
});

test('a new step ends the one before, and no step goes back', () => {
  const words = [step('Full Restore', 40), step('Full Restore', 30, 'later'), step('Log Files', 1, 'last')];
  expect(statusWithWords({ phase: 'Running' }, words)).toEqual({
    phase: 'Running',
    progresses: [
      { step: 'Full Restore', progress: 100, lastTransitionTime: 'last' },
      { step: 'Log Files', progress: 1, lastTransitionTime: 'last' },
    ],
  });
});

test('the same words again change nothing', () => {
  const words = [operation('a'), step('Full Restore', 40)];
  const once = statusWithWords({ phase: 'Running' }, words);
  expect(statusWithWords(once, words)).toEqual(once);
});

test('operations stand newest first, ten at most, each once; a time that is none is left out', () => {
  const ids = Array.from({ length: 11 }, (_, index) => `op-${index}`);
  const status = statusWithWords({}, [
    ...ids.map((id) => operation(id)),
    operation('op-10'),
    operation('last', 'soon'),
  ]);
  expect(status).toEqual({
    brOperations: [
      { operationID: 'last', command: 'restore point', observedAt: at },
      ...ids
        .slice(2)
        .reverse()
        .map((operationID) => ({
          operationID,
          command: 'restore point',
          startedAt: '2026-11-21T10:00:00Z',
          observedAt: at,
        })),
    ],
  });
});

test('what stands there and cannot be read is replaced, not a reason to fail', () => {
  expect(statusWithWords({ progresses: 'banana' }, [step('Full Backup', 1)])).toMatchObject({
    progresses: [{ step: 'Full Backup', progress: 1 }],
  });
});

test('a run begins without the progress of the one before', () => {
  expect(statusWithoutProgress({ phase: 'Running', progresses: [{}] })).toEqual({ phase: 'Running' });
});
