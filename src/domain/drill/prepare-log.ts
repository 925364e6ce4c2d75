/** What `--prepare` said. */
export interface PrepareLog {
  /** The last line that says anything is "completed OK!". */
  readonly completed: boolean;
  /** Where the redo log ended; absent where the tool does not say. */
  readonly endLsn?: bigint;
  /** Lines that may say why a run failed. */
  readonly complaints: readonly string[];
  /** Those among them that count even where the tool went on and says that all is well. */
  readonly damage: readonly string[];
}

const END_OF_LOG = [/End of log at LSN=(\d{1,20})/, /scanned up to log sequence number (\d{1,20})/];
const COMPLAINT =
  /\[ERROR\]|\[FATAL\]|corrupt|log sequence number .* is in the future|was not applied to the intended LSN|got signal \d+|Assertion failure|Missing FILE_CHECKPOINT|Missing MLOG_CHECKPOINT|Invalid log|is missing|Cannot (open|read|find)|failed with/i;
const DAMAGE =
  /\[ERROR\]|\[FATAL\]|corrupt|log sequence number .* is in the future|was not applied to the intended LSN|got signal \d+/i;
/** Said about healthy backups as well. */
const NOISE =
  /innodb_corrupted_pages|Renaming|[Cc]opying|statements_with_errors|ib_buffer_pool|corrupt_page.*=0/;

export function readPrepareLog(output: string): PrepareLog {
  const lines = output.split(/\r?\n/).map((line) => line.trim());
  const ends = lines.flatMap((line) =>
    END_OF_LOG.flatMap((pattern) => {
      const lsn = pattern.exec(line)?.[1];
      return lsn === undefined ? [] : [BigInt(lsn)];
    }),
  );
  const endLsn = ends.at(-1);
  const complaints = lines.filter((line) => COMPLAINT.test(line) && !NOISE.test(line));
  return {
    completed: /\bcompleted OK!$/.test(lines.findLast((line) => line !== '') ?? ''),
    ...(endLsn !== undefined && { endLsn }),
    complaints,
    damage: complaints.filter((line) => DAMAGE.test(line)),
  };
}
