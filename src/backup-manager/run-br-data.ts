import { withSummaryLine, type BrSummary } from './br-words.js';
import type { ObservedWord } from './observed-progress.js';
import { startProgressWriter, type ProgressWriterInput } from './progress-writer.js';
import { runBr, type BrRun } from './run-br.js';

export interface BrDataRun extends Omit<BrRun, 'onLine'> {
  readonly writeProgress: ProgressWriterInput['write'];
  readonly warn: (message: string) => void;
}

export interface BrDataResult {
  /** One line for people, without secrets; absent where BR succeeded. */
  readonly failure?: string;
  readonly summary: BrSummary;
  /** Progress that is not written yet. */
  readonly words: readonly ObservedWord[];
}

/**
 * Runs a BR that moves data, with its progress in the status while it runs.
 * @throws the reason of `stopping` where that came before BR was started
 */
export async function runBrData({ writeProgress, warn, ...run }: BrDataRun): Promise<BrDataResult> {
  run.stopping.throwIfAborted();
  const progress = startProgressWriter({ write: writeProgress, warn });
  let summary: BrSummary = {};
  const onLine = (line: string) => {
    summary = withSummaryLine(summary, line);
    progress.onLine(line);
  };
  const result = await runBr({ ...run, onLine });
  return { ...result, summary, words: await progress.finish() };
}
