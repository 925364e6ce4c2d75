import type { WorkerProcess } from './worker-process.js';

/** What a worker serves, by name and labels, without what the Temporal SDK measures. */
export type ServedSeries = ReadonlyMap<string, number>;

export async function servedSeries(worker: WorkerProcess): Promise<ServedSeries> {
  const { text } = await worker.ask('/metrics');
  const lines = text.split('\n').filter((line) => /^(holdfast|tidb_operator)_/.test(line));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

export function matching(series: ServedSeries, pattern: RegExp): Record<string, number> {
  return Object.fromEntries([...series].filter(([name]) => pattern.test(name)));
}
