/** Text from servers, made fit for one line of a terminal: no control characters, at most `maxLength`. */
export function oneLine(text: string, maxLength = Number.POSITIVE_INFINITY): string {
  const printable = text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
  return printable.length <= maxLength ? printable : `${printable.slice(0, maxLength - 1)}…`;
}
