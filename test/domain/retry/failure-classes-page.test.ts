import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { FAILURE_CLASSES } from '../../../src/domain/retry/failure-class.js';

const page = new URL('../../../docs/failure-classes.md', import.meta.url);

test('the page on failure classes says of each what the code says, in its order', async () => {
  const rows = (await readFile(page, 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  expect(rows).toStrictEqual(
    Object.entries(FAILURE_CLASSES).map(([name, { retryable, evidence, advice }]) => [
      '',
      `\`${name}\``,
      retryable ? 'yes' : 'no',
      evidence,
      advice,
      '',
    ]),
  );
});
