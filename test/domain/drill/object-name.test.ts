import fc from 'fast-check';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unsafeName, unsafeNames } from '../../../src/domain/drill/object-name.js';

describe('names of objects', () => {
  it('accepts what backup tools write', () => {
    const names = [
      'ibdata1',
      'shop/orders.ibd',
      'shop/t@0020x#P#p0.ibd',
      'caf@00e9/db.opt',
      'a.ibd.00000000000000000000',
      'café/x.ibd',
    ];
    expect(names.map(unsafeName)).toEqual(names.map(() => undefined));
  });

  it.each([
    ['../etc/passwd', 'has the part ..'],
    ['a/../../b', 'has the part ..'],
    ['/etc/passwd', 'is an absolute path'],
    ['a//b', 'has an empty part'],
    ['a/', 'has an empty part'],
    ['', 'has an empty part'],
    ['./a', 'has the part .'],
    ['a\\..\\b', 'has a backslash'],
    ['a\u0000b', 'has a control character'],
    ['a\nb', 'has a control character'],
    ['a\u0085b', 'has a control character'],
    ['\ud800', 'is not valid Unicode'],
    ['-rf', 'has a part that begins with -'],
    ['a/--help', 'has a part that begins with -'],
    ['x'.repeat(256), 'has a part longer than 255 bytes'],
    ['ü'.repeat(128), 'has a part longer than 255 bytes'],
    [Array(300).fill('abc').join('/'), 'is longer than 1024 bytes'],
  ])('refuses %j', (name, why) => {
    expect(unsafeName(name)).toBe(why);
  });

  it('accepts no name that leaves the folder it is joined to, however it is composed', () => {
    const part = fc.oneof(
      fc.constantFrom('..', '.', '', 'a', '-x', '\\', '\u0000', '...'),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const name = parts.join('/');
        if (unsafeName(name) !== undefined) return;
        const joined = posix.join('/work/objects', name);
        expect(joined).toBe(`/work/objects/${name}`);
      }),
      { numRuns: 500 },
    );
  });

  it('tells names that would take the place of each other', () => {
    expect(unsafeNames(['caf\u00e9.ibd', 'cafe\u0301.ibd'])).toHaveLength(1);
    expect(unsafeNames(['shop', 'shop/orders.ibd'])).toEqual(['shop is a file and a folder']);
    expect(unsafeNames(['shop/Orders.ibd', 'shop/orders.ibd', 'shop2', 'shop/a/b'])).toEqual([]);
  });

  it('shows control characters of a refused name as text', () => {
    expect(unsafeNames(['a\u001b[2Jb'])).toEqual(['a\\u001b[2Jb has a control character']);
  });
});
