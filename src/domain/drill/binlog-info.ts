/** xtrabackup_binlog_info: where the binary log stood when the backup ended. */
export interface BinlogInfo {
  readonly file: string;
  readonly position: number;
  /** '' where the server has none. */
  readonly gtid: string;
}

const MAX_GTID_LENGTH = 65_536;
/** File names as servers make them: a base name, a dot, digits. They become arguments and paths. */
const BINLOG_FILE = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}\.\d{1,20}$/;

export function isBinlogName(name: string): boolean {
  return BINLOG_FILE.test(name) && !name.includes('..');
}

/**
 * `file<TAB>position[<TAB>gtid]`; GTID sets of MySQL go over several lines, which belong together. A path before the
 * file name is left out.
 * @returns `undefined` where it names no position
 */
export function readBinlogInfo(text: string): BinlogInfo | undefined {
  const [path = '', position = '', ...rest] = text.slice(0, MAX_GTID_LENGTH).trim().split('\t');
  const file = path.slice(path.lastIndexOf('/') + 1);
  if (!isBinlogName(file) || !/^\d{1,15}$/.test(position.trim())) return undefined;
  const gtid = rest.join('').replace(/\s+/g, '');
  return { file, position: Number(position), gtid: /^[0-9A-Za-z,:_-]*$/.test(gtid) ? gtid : '' };
}
