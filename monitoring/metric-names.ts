const QUOTED = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`/g;
const COMMENT = /#.*$/gm;
const MATCHERS = /\{[^}]*\}/g;
const RANGE = /\[[^\]]*\]/g;
const LABEL_LIST = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/gi;
/** A word that no `(` follows: what is called is a function or an aggregation. */
const WORD = /(?<![\w:.$])[a-zA-Z_:][\w:]*\b(?!\s*\()/g;

/** Words of PromQL that are no metric and stand without parentheses. */
const KEYWORDS = new Set(
  'and or unless bool offset by without on ignoring group_left group_right atan2 inf nan'.split(' '),
);

/**
 * The metrics that a PromQL expression reads, each once, in the order of their first use. A reading of names, not a
 * parser: promtool says whether the expression is one. Names given only as `{__name__="..."}` are not seen.
 */
export function metricNamesIn(expression: string): string[] {
  const bare = [QUOTED, COMMENT, MATCHERS, RANGE, LABEL_LIST].reduce(
    (text, pattern) => text.replaceAll(pattern, ' '),
    expression,
  );
  const words = bare.match(WORD) ?? [];
  return [...new Set(words.filter((word) => !KEYWORDS.has(word.toLowerCase())))];
}
