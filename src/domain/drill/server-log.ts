/** What the log of the private server holds. */
export interface ServerLogScan {
  /** Lines that say that data is bad, or that the server broke down. */
  readonly damage: readonly string[];
  /** Complaints that come from how we run it, or from a backup that needs mariadb-upgrade. */
  readonly harmless: readonly string[];
}

/**
 * Names of objects hold words such as "error" (`sys.statements_with_errors_or_warnings`): only the level of a line
 * counts, and below it only words that InnoDB keeps for damage.
 */
const LEVEL_ERROR = /\[(ERROR|FATAL)\]/;
const DAMAGE_BELOW_ERROR =
  /\[(Warning|Note)\] .*(InnoDB|Aria|mariadbd|mysqld).*(corrupt|tablespace .*(missing|does not exist)|page .*(is still|checksum)|log sequence number .* in the future|is marked as crashed)/i;
const BREAKDOWN = /got signal \d+|InnoDB: Assertion failure|InnoDB: Failing assertion|terribly wrong/;
const HARMLESS: readonly RegExp[] = [
  // The plugin folder of the private server is empty on purpose.
  /Can't open shared library|Couldn't load plugin|Plugin '.*' (init function returned error|registration as)|Function '.*' .*plugin/i,
  /Unknown storage engine '(FEDERATED|SPIDER|CONNECT|SPHINX)'/i,
  /WSREP:/,
  // A backup of an older server: mariadb-upgrade would mend these.
  /Native table 'performance_schema'|Incorrect definition of table mysql\.|has length mismatch in the column name|Please run mariadb-upgrade|Column count of mysql\./i,
  // Written by us: --skip-slave-start, and no networking.
  /Failed to (open|initialize) the relay log|master info structure|Could not open .*relay-log/i,
  /Event Scheduler/,
];

export function scanServerLog(text: string): ServerLogScan {
  const damage: string[] = [];
  const harmless: string[] = [];
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (!LEVEL_ERROR.test(line) && !DAMAGE_BELOW_ERROR.test(line) && !BREAKDOWN.test(line)) continue;
    (HARMLESS.some((pattern) => pattern.test(line)) ? harmless : damage).push(line);
  }
  return { damage, harmless };
}
