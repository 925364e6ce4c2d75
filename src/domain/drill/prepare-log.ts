/** What `--prepare` said. */
export interface PrepareLog {
  /** The last line that says anything is "completed OK!". */
  readonly completed: boolean;
  /** Where the redo log ended; absent where the tool does not say. */
  readonly endLsn?: bigint;
  /** Lines that say that pages or the redo log are bad, although the tool may have gone on. */
  readonly complaints: readonly string[];
}

const END_OF_LOG = [/End of log at LSN=(\d{1,20})/, /scanned up to log sequence number (\d{1,20})/];
const COMPLAINT =
  /\[ERROR\]|\[FATAL\]|corrupt|log sequence number .* is in the future|was not applied to the intended LSN|got signal \d+|Assertion failure|Missing FILE_CHECKPOINT|Missing MLOG_CHECKPOINT|Invalid log|is missing|Cannot (open|read|find)|failed with/i;
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
  return {
    completed: /\bcompleted OK!$/.test(lines.findLast((line) => line !== '') ?? ''),
    ...(endLsn !== undefined && { endLsn }),
    complaints: lines.filter((line) => COMPLAINT.test(line) && !NOISE.test(line)),
  };
}
