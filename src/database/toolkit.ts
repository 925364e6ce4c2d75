import type { BackupToolName } from '../domain/drill/rung.js';
import { mariadbToolkit } from './mariadb-toolkit.js';
import { xtrabackupToolkit } from './xtrabackup-toolkit.js';

export interface PrepareOptions {
  /** Absolute folder of the backup. */
  readonly backup: string;
  readonly memoryBytes: number;
}

export interface CopyBackOptions {
  readonly backup: string;
  /** Always explicit: without it the tools write to the place that was compiled in, or that a backup names. */
  readonly data: string;
  /** Moves the files where source and target share a file system: half the disk, and almost no time. */
  readonly mode: 'copy' | 'move';
}

export interface ServerOptions {
  readonly data: string;
  readonly socket: string;
  readonly pidFile: string;
  readonly temporary: string;
  /** An empty folder: no plugin is found in it, and no file can be read or written by SQL. */
  readonly empty: string;
  /** Statements that make our accounts. */
  readonly initFile: string;
  readonly bufferPoolBytes: number;
  /** Options that the data files need, from backup-my.cnf: `innodb_page_size` → `4096`. */
  readonly config: ReadonlyMap<string, string>;
  /** Servers refuse to run as root unless they are told so. */
  readonly asRoot: boolean;
}

export interface ServerAccounts {
  readonly admin: { readonly user: string; readonly password: string };
  /** May read all and change nothing. */
  readonly reader: { readonly user: string; readonly password: string };
}

export interface ReplayOptions {
  /** Absolute paths, in order. */
  readonly files: readonly string[];
  /** In the first file. */
  readonly startPosition: number;
  /** In the last file; absent: to its end. */
  readonly stopPosition?: number;
  readonly temporary: string;
}

export interface ClientOptions {
  readonly socket: string;
  readonly user: string;
}

/** What is different between the backups of MariaDB and of MySQL: programs and their arguments; running them is not. */
export interface Toolkit {
  readonly name: BackupToolName;
  readonly programs: {
    readonly backup: string;
    readonly server: string;
    readonly client: string;
    readonly binlog: string;
    readonly pageCheck: string;
  };
  /** Whether every table has a file of its own that defines it (.frm). */
  readonly definitionFiles: boolean;
  readonly prepareArguments: (options: PrepareOptions) => string[];
  readonly copyBackArguments: (options: CopyBackOptions) => string[];
  readonly pageCheckArguments: (file: string) => string[];
  readonly serverArguments: (options: ServerOptions) => string[];
  /** One statement a line. */
  readonly accountStatements: (accounts: ServerAccounts) => string[];
  readonly replayArguments: (options: ReplayOptions) => string[];
  readonly clientArguments: (options: ClientOptions) => string[];
}

export function toolkitFor(tool: BackupToolName): Toolkit {
  return tool === 'mariadb-backup' ? mariadbToolkit : xtrabackupToolkit;
}
