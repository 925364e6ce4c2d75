import { visible } from './finding.js';

/** Longest name of one file on every file system we know, and of a whole key in S3; in UTF-8 bytes. */
const MAX_PART_BYTES = 255;
const MAX_NAME_BYTES = 1024;

/**
 * Why the name of an object cannot become a path below the work folder or an argument of a program; `undefined` where it
 * can. Names come from a bucket that others write to.
 */
export function unsafeName(name: string): string | undefined {
  if (/\p{Cs}/u.test(name)) return 'is not valid Unicode';
  if (/[\p{Cc}\u2028\u2029]/u.test(name)) return 'has a control character';
  if (name.startsWith('/')) return 'is an absolute path';
  if (name.includes('\\')) return 'has a backslash';
  if (utf8Bytes(name) > MAX_NAME_BYTES) return `is longer than ${MAX_NAME_BYTES} bytes`;
  for (const part of name.split('/')) {
    if (part === '') return 'has an empty part';
    if (part === '.' || part === '..') return `has the part ${part}`;
    if (part.startsWith('-')) return 'has a part that begins with -';
    if (utf8Bytes(part) > MAX_PART_BYTES) return `has a part longer than ${MAX_PART_BYTES} bytes`;
  }
  return undefined;
}

/** Every name that is unsafe, or that would take the place of another one on some file system; one line each. */
export function unsafeNames(names: readonly string[]): string[] {
  const unsafe = names.flatMap((name) => {
    const why = unsafeName(name);
    return why === undefined ? [] : [`${visible(name)} ${why}`];
  });
  return unsafe.length > 0 ? unsafe : collisions(names);
}

/**
 * Two spellings of one text, and files that are folders of others too. Upper and lower case are two names: servers with
 * lower_case_table_names=0 have tables `orders` and `Orders`.
 */
function collisions(names: readonly string[]): string[] {
  const spellings = new Map<string, string>();
  const folders = new Set<string>();
  const found: string[] = [];
  for (const name of names) {
    const normal = name.normalize('NFC');
    const other = spellings.get(normal);
    if (other !== undefined) found.push(`${name} and ${other} are the same name`);
    spellings.set(normal, name);
    for (let end = normal.indexOf('/'); end > 0; end = normal.indexOf('/', end + 1)) {
      folders.add(normal.slice(0, end));
    }
  }
  for (const [normal, name] of spellings) {
    if (folders.has(normal)) found.push(`${name} is a file and a folder`);
  }
  return found;
}

function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}
