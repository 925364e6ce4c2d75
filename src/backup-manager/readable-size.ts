const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** A size for people, in units of 1000, as TiDB Operator writes it: `82 B`, `1.6 MB`, `12 GB`. */
export function readableSize(sizeBytes: number): string {
  if (sizeBytes < 10) return `${sizeBytes} B`;
  const exponent = Math.min(Math.floor(Math.log10(sizeBytes) / 3), UNITS.length - 1);
  const value = Math.round((sizeBytes / 1_000 ** exponent) * 10) / 10;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${UNITS[exponent] ?? 'B'}`;
}
