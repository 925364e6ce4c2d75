/** What innochecksum said about one file. */
export type PageCheck =
  | { readonly state: 'sound' }
  /** Proven: `line` is what it said. */
  | { readonly state: 'damaged'; readonly line: string }
  /** It could not tell: encrypted, or a format that it does not know. */
  | { readonly state: 'unknown'; readonly line: string };

/**
 * @param exitCode `undefined` where it was killed: its word counts for nothing then
 * @param output both outputs: what it says does not always agree with its exit code
 */
export function readPageCheck(exitCode: number | undefined, output: string): PageCheck {
  const lines = output.slice(0, 65_536).split(/\r?\n/);
  const damage = lines.find((line) =>
    /Fail: page|invalid|Was not able to read|First page of the tablespace/i.test(line),
  );
  if (damage !== undefined) return { state: 'damaged', line: damage.trim() };
  if (exitCode === 0) return { state: 'sound' };
  const last = lines.map((line) => line.trim()).findLast((line) => line !== '');
  return { state: 'unknown', line: last ?? `innochecksum ended with ${exitCode ?? 'a signal'}` };
}
