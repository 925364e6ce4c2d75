import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareManifest,
  drillManifest,
  MANIFEST_NAME,
  parseManifest,
} from '../../../src/domain/drill/manifest.js';

const digest = 'ab'.repeat(32);

/** As GNU coreutils writes it. */
function sha256sumLine(name: string, hex: string): string {
  const escaped = name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `${escaped === name ? '' : '\\'}${hex}  ${escaped}\n`;
}

describe('manifest', () => {
  it('reads back every list of names that sha256sum can write', () => {
    const name = fc
      .array(fc.constantFrom('a', 'ü', ' ', '\\', '\n', '\r', 'n', '/', '*', '(', '.'), {
        minLength: 1,
        maxLength: 8,
      })
      .map((characters) => characters.join(''))
      // A trailing carriage return is an escaped one; a leading ./ is left out on purpose.
      .filter((text) => !text.startsWith('./'));
    const digestHex = fc.array(fc.constantFrom('0', '7', '9', 'a', 'f'), { minLength: 64, maxLength: 64 });
    const entries = fc.uniqueArray(
      fc.tuple(
        name,
        digestHex.map((digits) => digits.join('')),
      ),
      {
        selector: ([key]) => key,
        minLength: 1,
      },
    );
    fc.assert(
      fc.property(entries, (list) => {
        const manifest = parseManifest(list.map(([key, hex]) => sha256sumLine(key, hex)).join(''));
        expect(manifest.problems).toEqual([]);
        expect([...manifest.digests]).toEqual(list);
      }),
    );
  });

  it('takes binary and BSD lines, ./ and upper-case digests', () => {
    const text = `${digest} *a\n${digest.toUpperCase()}  ./b\nSHA256 (c d) = ${digest}\r\n`;
    expect([...parseManifest(text).digests]).toEqual([
      ['a', digest],
      ['b', digest],
      ['c d', digest],
    ]);
  });

  it.each([
    ['', 'it lists nothing'],
    [`${digest}  a\n${digest}  b`, 'the last line has no end: it may be cut'],
    [`${digest}  a\n<html>\n`, 'line 2 is not of sha256sum: <html>'],
    [`${digest.slice(1)}  a\n`, `line 1 is not of sha256sum: ${digest.slice(1)}  a`],
    [`\\${digest}  a\\tb\n`, `line 1 is not of sha256sum: \\${digest}  a\\tb`],
    [`${digest}  a\n${'0'.repeat(64)}  a\n`, 'line 2 contradicts another one about a'],
  ])('says what is wrong with %j', (text, problem) => {
    expect(parseManifest(text).problems).toContain(problem);
  });

  it('tells what is listed and not there, and what is there and not listed', () => {
    const manifest = parseManifest(`${digest}  a\n${digest}  b\n`);
    expect(compareManifest(manifest, ['b', 'c', MANIFEST_NAME])).toEqual({ missing: ['a'], unlisted: ['c'] });
  });

  it('reads the problems of megabytes of nonsense in bounded number', () => {
    expect(parseManifest('x\n'.repeat(1_000_000)).problems.length).toBeLessThan(200);
  });
});

it('a manifest that a drill wrote says so, and lists what sha256sum would', () => {
  const digests = new Map([['shop/a b.ibd', 'a'.repeat(64)]]);
  const text = drillManifest('drill/prod/orders-1/r1', digests);
  expect(text).toBe(`# source: drill drill/prod/orders-1/r1\n${'a'.repeat(64)}  shop/a b.ibd\n`);
  expect(parseManifest(text)).toEqual({ digests, problems: [], writtenByDrill: 'drill/prod/orders-1/r1' });
});
