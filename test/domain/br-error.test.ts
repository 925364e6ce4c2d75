import { expect, test } from 'vitest';
import { brErrorIn } from '../../src/domain/br-error.js';

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
