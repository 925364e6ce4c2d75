import { expect, test } from 'vitest';
import { fillPlaceholders } from '../../monitoring/check/placeholders.js';
import { readValues } from '../../monitoring/values.js';

const { rules } = await readValues('production');
const values = { ...rules, keepFiringFor: '5m', watch: { ...rules.watch, staleAfter: '10m', restarts: 3 } };

test.each([
  ['${watch.staleAfter + 60}s', '660s'],
  ['1x${watch.staleAfter / 60 - 2} stale', '1x8 stale'],
  ['${300 - watch.staleAfter}x20', '-300x20'],
  ['${60 * watch.restarts + 60 + keepFiringFor}', '540'],
  ['nothing, ${watch.restarts} and ${watch.restarts}', 'nothing, 3 and 3'],
])('%s becomes %s', (text, filled) => {
  expect(fillPlaceholders(text, values)).toBe(filled);
});

test.each(['${watch.stale + 60}', '${watch}', '${}', '${watch.restarts+1}', '${clusters}'])(
  '%s is refused: a test that asks for what is not there tests nothing',
  (text) => {
    expect(() => fillPlaceholders(text, values)).toThrow('values.yaml has no number and no duration');
  },
);
