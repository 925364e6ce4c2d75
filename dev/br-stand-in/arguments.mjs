/** A command line that BR would refuse; the message is what cobra prints behind `Error: `. */
export class UsageError extends Error {}

const SHORT_FLAGS = { u: 'pd', s: 'storage', f: 'filter', c: 'checksum', L: 'log-level' };

/**
 * Splits a command line as cobra does: words, and flags as `--name=value`, `--name value` or `-n value`.
 * A flag without a value is `true`. Flags are not checked against a list: BR's own list is long and grows.
 */
export function parseArguments(args) {
  const words = [];
  const flags = new Map();
  for (let index = 0; index < args.length; index += 1) {
    const [name, inlineValue] = splitFlag(args[index]);
    if (name === undefined) {
      words.push(args[index]);
      continue;
    }
    const next = args[index + 1];
    if (inlineValue !== undefined) flags.set(name, inlineValue);
    else if (next !== undefined && !next.startsWith('-')) {
      flags.set(name, next);
      index += 1;
    } else flags.set(name, 'true');
  }
  return { words, flags };
}

function splitFlag(argument) {
  const [, long, inlineValue] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? [];
  if (long !== undefined) return [long, inlineValue];
  const [, short, attached] = /^-([A-Za-z])=?(.+)?$/s.exec(argument) ?? [];
  if (short === undefined) return [undefined, undefined];
  return [SHORT_FLAGS[short] ?? short, attached];
}

/** @throws UsageError that names every flag that is missing, as cobra does. */
export function requireFlags(flags, names) {
  const missing = names.filter((name) => (flags.get(name) ?? '') === '').map((name) => `"${name}"`);
  if (missing.length > 0) throw new UsageError(`required flag(s) ${missing.join(', ')} not set`);
}
