import { readOptionLines } from './option-lines.js';
import type { BackupToolName } from './rung.js';

/** xtrabackup_info, or mariadb_backup_info. A field that is not there is ''. */
export interface BackupInfo {
  readonly tool: BackupToolName;
  readonly toolVersion: string;
  readonly serverVersion: string;
  /** Local time of the server, without a zone: evidence, nothing to calculate with. */
  readonly startTime: string;
  readonly endTime: string;
  readonly partial: boolean;
  readonly incremental: boolean;
  /** What the tool says of encryption: N or '' where there is none. */
  readonly encrypted: string;
}

export type InfoProblem = { readonly problem: string };

/** @returns `problem` in words where it does not tell which tool made the backup of which server */
export function readBackupInfo(text: string): BackupInfo | InfoProblem {
  const lines = readOptionLines(text);
  const field = (key: string) => lines.get(key) ?? '';
  const toolVersion = field('tool_version') || field('ibbackup_version');
  const serverVersion = field('server_version');
  if (toolVersion === '') return { problem: 'no line tool_version' };
  if (!/^\d+\.\d+/.test(serverVersion)) return { problem: 'server_version is missing or no version' };
  return {
    tool: toolOf(field('tool_name'), `${toolVersion} ${serverVersion}`),
    toolVersion,
    serverVersion,
    startTime: field('start_time'),
    endTime: field('end_time'),
    partial: field('partial').toUpperCase() === 'Y',
    incremental: field('incremental').toUpperCase() === 'Y',
    encrypted: field('encrypted'),
  };
}

/** mariadb-backup was called mariabackup, and there are versions of it that give `xtrabackup` as their name. */
function toolOf(toolName: string, versions: string): BackupToolName {
  return /maria/i.test(toolName) || /mariadb/i.test(versions) ? 'mariadb-backup' : 'xtrabackup';
}
