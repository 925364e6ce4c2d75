import { toRfc3339Seconds } from '../domain/time.js';
import { brWordIn } from './br-words.js';
import type { ObservedWord } from './observed-progress.js';

/** Between two writes: BR can print many lines a second, and each write wakes everybody who watches. */
const INTERVAL_MS = 5_000;

export interface ProgressWriterInput {
  /** Brings these words into the status; gives up when the signal is aborted. */
  readonly write: (words: readonly ObservedWord[], signal: AbortSignal) => Promise<void>;
  readonly warn: (message: string) => void;
  /** Default 5 s. */
  readonly intervalMs?: number;
}

export interface ProgressWriter {
  readonly onLine: (line: string) => void;
  /** Ends the writing. The words that are not written yet belong into the write that ends the run. */
  readonly finish: () => Promise<readonly ObservedWord[]>;
}

/**
 * Writes what BR says about its progress, never two writes at a time. The first comes after one interval: a short run
 * needs none of its own. A write that fails is told and left: progress must not fail a run.
 */
export function startProgressWriter({
  write,
  warn,
  intervalMs = INTERVAL_MS,
}: ProgressWriterInput): ProgressWriter {
  const ending = new AbortController();
  let pending: readonly ObservedWord[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let lastWriteMs = Date.now();

  const flush = async (): Promise<void> => {
    const words = pending;
    pending = [];
    try {
      await write(words, ending.signal);
    } catch (failure) {
      // Cut off by the end of the run: the last write takes them.
      if (ending.signal.aborted) pending = [...words, ...pending];
      else warn(`progress was not written: ${failure instanceof Error ? failure.message : String(failure)}`);
    }
    lastWriteMs = Date.now();
    writing = undefined;
    schedule();
  };
  const schedule = (): void => {
    if (pending.length === 0 || timer !== undefined || writing !== undefined || ending.signal.aborted) return;
    const start = () => {
      timer = undefined;
      writing = flush();
    };
    timer = setTimeout(start, Math.max(0, lastWriteMs + intervalMs - Date.now()));
  };
  return {
    onLine: (line) => {
      const word = brWordIn(line);
      if (word === undefined) return;
      pending = withNewest(pending, { word, at: toRfc3339Seconds(Date.now()) });
      schedule();
    },
    finish: async () => {
      clearTimeout(timer);
      ending.abort();
      await writing;
      return pending;
    },
  };
}

/** Of one step only the newest line matters. */
function withNewest(words: readonly ObservedWord[], next: ObservedWord): readonly ObservedWord[] {
  const last = words.at(-1)?.word;
  const replaces = next.word.kind === 'progress' && last?.kind === 'progress' && last.step === next.word.step;
  return [...(replaces ? words.slice(0, -1) : words), next];
}
