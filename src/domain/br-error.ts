import { redactSecrets } from './redact.js';

/** A field of TiDB's log format, quoted as JSON where it holds blanks: `[error="…"]`. */
const ERROR_FIELD = /\[error=("(?:[^"\\]|\\.)*"|[^\]]*)\]/;
/** What BR's command line prints at its end; TiDB Operator's own manager passes it on behind a klog prefix. */
const ERROR_LINE = /^(?:[IWEF]\d{4} \S+ +\d+ [\w.]+:\d+\] )?Error: (.+)$/;
/** BR's `main` logs the error that ends it, and nothing after it. */
const FINAL_ERROR_FIELD = /\["br failed"\] \[error=("(?:[^"\\]|\\.)*"|[^\]]*)\]/;

/**
 * What BR itself says went wrong, as one line without secrets: the last `error` field of its log, else the last
 * `Error:` line; `undefined` where it printed neither.
 */
export function brErrorIn(lines: readonly string[]): string | undefined {
  return asOneLine(lastMatch(lines, ERROR_FIELD) ?? lastMatch(lines, ERROR_LINE));
}

/** The error with which BR ended; `undefined` where it did not get that far, whatever it logged before. */
export function brFinalErrorIn(lines: readonly string[]): string | undefined {
  return asOneLine(lastMatch(lines, FINAL_ERROR_FIELD) ?? lastMatch(lines, ERROR_LINE));
}

function asOneLine(text: string | undefined): string | undefined {
  return text === undefined ? undefined : redactSecrets(unquoted(text)).replace(/\s+/g, ' ').trim();
}

function lastMatch(lines: readonly string[], pattern: RegExp): string | undefined {
  const line = lines.findLast((candidate) => pattern.test(candidate));
  return line === undefined ? undefined : pattern.exec(line)?.[1];
}

/** Go's escapes for what BR prints are JSON's; a text that is not stays as it was printed. */
function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  return text
    .slice(1, -1)
    .replace(/\\([nrt"\\])/g, (_escape, character: string) => (/[nrt]/.test(character) ? ' ' : character));
}
