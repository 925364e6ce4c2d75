/** A median of fewer says nothing. */
const MIN_HISTORY = 3;
/** Below this share of the usual size people are told, whatever the plan's limit. */
const WARN_RATIO = 0.8;

export interface SizeQuestion {
  readonly sizeBytes: number;
  /** Sizes of the plan's last backups that passed. */
  readonly history: readonly number[];
  /** What the database itself held at backup time; absent where it is unknown or the backup is compressed. */
  readonly databaseBytes?: number | undefined;
  /** `minSizeRatio` of the plan; 0 turns failing off. */
  readonly minRatio: number;
}

export interface SizeJudgement {
  readonly failed: readonly string[];
  readonly warned: readonly string[];
}

/** Compares the size of a backup with those before it, and with the database that it was made from. */
export function judgeSize({ sizeBytes, history, databaseBytes, minRatio }: SizeQuestion): SizeJudgement {
  const failed: string[] = [];
  const warned: string[] = [];
  const compare = (expectedBytes: number, of: string) => {
    const ratio = sizeBytes / expectedBytes;
    const text = `${sizeBytes} bytes are ${Math.floor(ratio * 100)}% of ${of} (${expectedBytes} bytes)`;
    if (ratio < minRatio) failed.push(`${text}; the plan's limit is ${minRatio * 100}%`);
    else if (ratio < WARN_RATIO) warned.push(text);
  };
  const usual = usualSize(history);
  if (usual !== undefined && usual > 0) compare(usual, `the median of the last ${history.length} backups`);
  if (databaseBytes !== undefined && databaseBytes > 0)
    compare(databaseBytes, 'the database in the baseline');
  return { failed, warned };
}

/** The median, bytes; `undefined` where there are too few to tell. @param history sizes of backups that passed */
export function usualSize(history: readonly number[]): number | undefined {
  return history.length < MIN_HISTORY ? undefined : median(history);
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}
