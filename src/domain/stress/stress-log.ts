import type { StressLog } from './stress-progress.js';

/** What a heartbeat and a result carry: the worker's own log has all. */
const MAX_LINES = 200;
const MAX_LINE_LENGTH = 500;

export const EMPTY_LOG: StressLog = { next: 1, lines: [] };

export function withLine({ next, lines }: StressLog, line: string): StressLog {
  return { next: next + 1, lines: [...lines, line.slice(0, MAX_LINE_LENGTH)].slice(-MAX_LINES) };
}

/** The lines that whoever has seen all before number `next` has not seen; `missed` went by in between. */
export function linesSince(log: StressLog, next: number): { lines: readonly string[]; missed: number } {
  const unseen = log.next - next;
  const lines = unseen <= 0 ? [] : log.lines.slice(-unseen);
  return { lines, missed: Math.max(0, unseen - lines.length) };
}
