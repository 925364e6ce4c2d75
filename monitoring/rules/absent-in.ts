/** True for each of the clusters without a series of this metric; where none is named, for all together. */
export function absentIn(clusters: readonly string[], metric: string): string {
  if (clusters.length === 0) return `absent(${metric})`;
  return clusters.map((cluster) => `absent(${metric}{cluster="${cluster}"})`).join('\nor\n');
}
