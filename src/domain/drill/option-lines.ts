/** Of a metadata file, this much is read: honest ones have a few hundred bytes, a hostile one may have gigabytes. */
export const MAX_METADATA_BYTES = 1_048_576;

/**
 * `key = value` lines of xtrabackup_info and xtrabackup_checkpoints. Tolerant: blanks around keys and values, a blank
 * instead of the underscore (`from lsn= 0`, as Percona's documentation prints it), CRLF. The first of two equal keys
 * wins, so that nothing appended later hides what was there.
 */
export function readOptionLines(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.slice(0, MAX_METADATA_BYTES).split(/\r?\n/)) {
    const separator = line.indexOf('=');
    if (separator < 0) continue;
    const key = line.slice(0, separator).trim().toLowerCase().replace(/\s+/g, '_');
    if (key !== '' && !values.has(key)) values.set(key, line.slice(separator + 1).trim());
  }
  return values;
}
