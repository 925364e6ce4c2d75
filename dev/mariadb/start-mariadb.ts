import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Progress } from '../binaries/binary-sources.js';
import { mariadbTools, newerMariadb, type MariadbTools } from '../binaries/mariadb-tools.js';
import { freePorts } from '../processes/free-ports.js';
import { isSystemError } from '../../src/database/process-identity.js';
import type { ProcessGroup } from '../processes/process-group.js';

export interface MariadbOptions {
  /** Unique in the group; also names data folder, socket and log. Default: mariadb. */
  name?: string;
  /** An existing data folder is used as it is. Default: a new one in the group's folder. */
  datadir?: string;
  /** Default: 10.11, the version of the backup tools. */
  version?: '10.11' | '11.4';
  /** Default: `socket`; `loopback` listens on a free port as well. */
  network?: 'socket' | 'loopback';
  /** Binlogs `binlog.000001` … in the data folder, in row format. Default: true. */
  binlog?: boolean;
  /** Added last: they win. */
  extraArgs?: readonly string[];
  progress?: Progress;
}

export interface MariadbServer {
  name: string;
  datadir: string;
  socket: string;
  /** Only where it listens. */
  port: number | undefined;
  tools: MariadbTools;
  /**
   * Runs statements as root, in one session; answers rows separated by newlines, columns by tabs, without headings.
   * @throws Error with the server's message at the first failing statement
   */
  sql(statements: string): Promise<string>;
  /** An orderly end; `group.start` cannot be asked again, `startMariadb` with the same data folder can. */
  shutdown(): Promise<void>;
}

/** Small files, and no waiting for disks: what is in them is made up. */
const frugal = [
  '--innodb-data-file-path=ibdata1:5M:autoextend',
  '--innodb-autoextend-increment=1',
  // Larger than what a slow machine writes during one backup: else the backup waits for lost redo without end.
  '--innodb-log-file-size=32M',
  '--innodb-flush-method=nosync',
];

/** Starts a MariaDB server with a data folder of its own; root has no password, and only this user reaches the socket. */
export async function startMariadb(
  group: ProcessGroup,
  options: MariadbOptions = {},
): Promise<MariadbServer> {
  const { name = 'mariadb', version = '10.11', progress } = options;
  const tools = await (version === '10.11' ? mariadbTools : newerMariadb)(progress ? { progress } : {});
  const datadir = options.datadir ?? join(group.folder, `${name}-data`);
  const socket = join(group.folder, `${name}.sock`);
  // A server that starts removes the temporary tables that lie in its folder: in /tmp those of every other server.
  const temporary = join(group.folder, `${name}-temporary`);
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  await installDatadir(group, { name, tools, datadir, temporary });
  const port = options.network === 'loopback' ? (await freePorts(1))[0] : undefined;
  const sql = (statements: string) => runSql({ tools, socket }, statements);
  await group.start({
    name,
    command: join(tools.binDir, 'mariadbd'),
    args: [
      '--no-defaults',
      ...frugal,
      ...ownUser(),
      `--datadir=${datadir}`,
      `--tmpdir=${temporary}`,
      `--socket=${socket}`,
      `--pid-file=${join(group.folder, `${name}.pid`)}`,
      ...(port === undefined ? ['--skip-networking'] : ['--bind-address=127.0.0.1', `--port=${port}`]),
      ...((options.binlog ?? true) ? binlogArgs : ['--skip-log-bin']),
      '--innodb-buffer-pool-size=64M',
      '--innodb-flush-log-at-trx-commit=2',
      '--character-set-server=utf8mb4',
      ...(options.extraArgs ?? []),
    ],
    address: port === undefined ? socket : `127.0.0.1:${port}`,
    ready: async () => (await sql('SELECT 1')) === '1',
  });
  return { name, datadir, socket, port, tools, sql, shutdown: () => shutDown(group, name, sql) };
}

const binlogArgs = [
  '--log-bin=binlog',
  '--binlog-format=ROW',
  '--binlog-row-image=FULL',
  '--server-id=1',
  '--gtid-strict-mode=ON',
  '--gtid-domain-id=0',
];

/** Options of the client programs that reach this server as root. */
export function clientArgs({ socket }: Pick<MariadbServer, 'socket'>): string[] {
  return ['--no-defaults', '--user=root', `--socket=${socket}`];
}

/** MariaDB refuses to run as root unless told to. */
export function ownUser(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}

async function runSql(
  { tools, socket }: Pick<MariadbServer, 'tools' | 'socket'>,
  statements: string,
): Promise<string> {
  const args = [
    ...clientArgs({ socket }),
    '--batch',
    '--skip-column-names',
    '--default-character-set=utf8mb4',
  ];
  const { stdout } = await execa(join(tools.binDir, 'mariadb'), args, { input: statements });
  return stdout;
}

async function shutDown(group: ProcessGroup, name: string, sql: MariadbServer['sql']): Promise<void> {
  await sql('SET GLOBAL innodb_fast_shutdown = 1; SHUTDOWN');
  await group.exited(name);
}

async function installDatadir(
  group: ProcessGroup,
  {
    name,
    tools,
    datadir,
    temporary,
  }: { name: string; tools: MariadbTools; datadir: string; temporary: string },
): Promise<void> {
  try {
    await stat(join(datadir, 'mysql'));
    return;
  } catch (failure) {
    if (!isSystemError(failure, 'ENOENT')) throw failure;
  }
  await mkdir(datadir, { recursive: true, mode: 0o700 });
  await group.run({
    name: `${name}-install`,
    command: join(tools.binDir, 'mariadb-install-db'),
    args: [
      '--no-defaults',
      ...frugal,
      ...ownUser(),
      `--datadir=${datadir}`,
      `--tmpdir=${temporary}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--skip-name-resolve',
      '--force',
    ],
  });
}
