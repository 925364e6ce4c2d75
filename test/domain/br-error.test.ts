import { expect, test } from 'vitest';
import { brErrorIn, brFinalErrorIn } from '../../src/domain/br-error.js';

const info = '[2026/11/21 10:31:30.123 +00:00] [INFO] [info.go:49] ["Welcome to Backup & Restore (BR)"]';

test.each([
  [
    'the error field of its log, on one line',
    [
      info,
      '[2026/11/21 10:31:30.123 +00:00] [ERROR] [main.go:38] ["br failed"] [error="SlowDown: Please reduce your \\"rate\\".\\n\\tstatus code: 503"] [errorVerbose="long"]',
      'Error: SlowDown: Please reduce your "rate".',
    ],
    'SlowDown: Please reduce your "rate". status code: 503',
  ],
  ['a bare error field', ['[ERROR] ["br failed"] [error=EOF]'], 'EOF'],
  [
    'the line of the command line',
    [info, 'Error: required flag(s) "pd" not set', 'exit status 1'],
    'required flag(s) "pd" not set',
  ],
  ['no secret', ['Error: refused secret_key=hunter2'], 'refused secret_key=[redacted]'],
  ['nothing where BR said nothing', [info, 'killed'], undefined],
])('what BR says went wrong is %s', (_what, lines, error) => {
  expect(brErrorIn(lines)).toBe(error);
});

test.each([
  [
    'its own last word',
    ['[ERROR] [main.go:38] ["br failed"] [error="no space"]', '[WARN] ["retry"] [error=EOF]'],
    'no space',
  ],
  [
    "its line on stderr, behind TiDB Operator's prefix",
    ['E1121 10:31:30.123456       1 backup.go:92] Error: no space', 'exit status 1'],
    'no space',
  ],
  ['nothing where it went on after an error', ['[WARN] ["will retry"] [error="AccessDenied"]'], undefined],
])('what BR ended with is %s', (_what, lines, error) => {
  expect(brFinalErrorIn(lines)).toBe(error);
});
