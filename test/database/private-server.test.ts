import { cp, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest';
import { mariadbTools } from '../../dev/binaries/mariadb-tools.js';
import { startMariadb } from '../../dev/mariadb/start-mariadb.js';
import { createProcessGroup, type ProcessGroup } from '../../dev/processes/process-group.js';
import type { WorkFolder } from '../../src/activities/drill/drill-session.js';
import { mariadbToolkit } from '../../src/database/mariadb-toolkit.js';
import {
  runningServer,
  startPrivateServer,
  stopPrivateServer,
  type StartServer,
} from '../../src/database/private-server.js';
import { readServerLog } from '../../src/database/server-log-file.js';
import { endMarkedPrograms, killProcess, markedPrograms } from '../../src/database/program-mark.js';
import { isRunning } from '../../src/database/process-identity.js';
import { openSession } from '../../src/database/query.js';
import { readServerRecord, recordFile } from '../../src/database/server-record.js';
import type { Toolkit } from '../../src/database/toolkit.js';

let group: ProcessGroup;
let emptyDatabase: string;
beforeAll(async () => {
  group = await createProcessGroup();
  const server = await startMariadb(group, { name: 'origin', binlog: false });
  await server.shutdown();
  emptyDatabase = server.datadir;
  const { binDir } = await mariadbTools();
  process.env.PATH = `${binDir}:${process.env.PATH ?? ''}`;
});
afterAll(() => group.stop());

let folder: WorkFolder;
let number = 0;
beforeEach(async () => {
  const root = join(group.folder, `p${(number += 1)}`);
  const below = (name: string) => join(root, name);
  folder = {
    root,
    inventoryFile: below('inventory'),
    objects: below('objects'),
    backup: below('backup'),
    data: below('data'),
    binlogs: below('binlogs'),
    run: below('run'),
    sockets: below('s'),
  };
  await cp(emptyDatabase, folder.data, { recursive: true });
});
afterEach(async () => {
  await stopPrivateServer(folder);
  await endMarkedPrograms(folder.root);
});

const start = (more: Partial<StartServer> = {}) =>
  startPrivateServer({
    folder,
    toolkit: mariadbToolkit,
    config: new Map([['innodb_data_file_path', 'ibdata1:5M:autoextend']]),
    bufferPoolBytes: 64 * 1024 * 1024,
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    ...more,
  });

/** The toolkit with a shell script in place of the server. */
const scripted = (script: string): Toolkit => ({
  ...mariadbToolkit,
  programs: { ...mariadbToolkit.programs, server: 'sh' },
  serverArguments: () => ['-c', script],
});

describe('a private server', () => {
  test('answers two accounts on its socket alone, runs no events, loads no plugin and is read-only for readers', async () => {
    const started = await start();
    if (started.state !== 'running') throw new Error(await readServerLog(folder));
    const { session, record } = started;
    expect(
      await session.rows(
        `SELECT @@skip_networking, @@event_scheduler, @@read_only, @@log_bin, @@secure_file_priv, @@plugin_dir, @@local_infile`,
      ),
    ).toEqual([['1', 'OFF', '1', '0', `${folder.run}/empty/`, `${folder.run}/empty/`, '0']]);
    await expect(session.rows("INSTALL SONAME 'ha_federatedx'")).rejects.toThrow(/open shared library/);
    session.close();
    const reader = await openSession(record.reader, new AbortController().signal);
    await expect(reader.rows('CREATE DATABASE evil')).rejects.toThrow(/denied|read-only/);
    await expect(reader.rows("SELECT 1 INTO OUTFILE '/tmp/evil'")).rejects.toThrow(/denied|secure-file-priv/);
    reader.close();
    expect((await stat(recordFile(folder.run))).mode & 0o777).toBe(0o600);
  });

  test('outlives whoever started it, and is found and ended by its record', async () => {
    const started = await start();
    if (started.state === 'running') started.session.close();
    const found = await runningServer(folder, new AbortController().signal);
    expect(found).toBeDefined();
    found?.session.close();
    await stopPrivateServer(folder);
    expect(found && (await isRunning(found.record))).toBe(false);
    expect(await readServerRecord(folder.run)).toBeUndefined();
    expect(await readdir(folder.sockets)).toEqual([]);
  });

  test('whose record was lost with the process that started it is found by its mark', async () => {
    const started = await start();
    if (started.state === 'running') started.session.close();
    await rm(recordFile(folder.run));
    expect(await markedPrograms(folder.root)).not.toEqual([]);
    await endMarkedPrograms(folder.root);
    expect(await markedPrograms(folder.root)).toEqual([]);
  });

  test('that was killed is started again', async () => {
    const first = await start();
    if (first.state !== 'running') throw new Error('it did not start');
    first.session.close();
    killProcess(first.record.pid);
    await expect.poll(() => isRunning(first.record)).toBe(false);
    expect(await runningServer(folder, new AbortController().signal)).toBeUndefined();
    const second = await start();
    expect(second.state).toBe('running');
    if (second.state === 'running') second.session.close();
  });

  test('is not ended in place of a stranger who got its pid', async () => {
    await mkdir(folder.run, { recursive: true });
    const login = { socket: '/none', user: 'u', password: 'p' };
    const record = { pid: process.pid, startTime: '1', admin: login, reader: login, isolated: true };
    await writeFile(recordFile(folder.run), JSON.stringify(record));
    await stopPrivateServer(folder); // would end this very process
    expect(await readServerRecord(folder.run)).toBeUndefined();
  });

  test('that ends while it starts is told with its log', async () => {
    const started = await start({ toolkit: scripted('echo "[ERROR] Aborting" >&2; exit 1') });
    expect(started).toMatchObject({ state: 'ended' });
    expect(await readServerLog(folder)).toContain('[ERROR] Aborting');
  });

  test('that never answers, and ignores SIGTERM, is gone when its time is over', async () => {
    const started = await start({
      toolkit: scripted('trap "" TERM; while :; do sleep 1; done'),
      timeoutMs: 300,
    });
    expect(started).toMatchObject({ state: 'timeout' });
    await endMarkedPrograms(folder.root);
    expect(await markedPrograms(folder.root)).toEqual([]);
  });

  test('that is not installed is told apart from one that fails', async () => {
    const toolkit = { ...mariadbToolkit, programs: { ...mariadbToolkit.programs, server: 'no-such-server' } };
    const started = await start({ toolkit });
    expect(started.state).toBe('missing');
  });

  test('ends when the drill is canceled while it starts', async () => {
    const canceled = new AbortController();
    const starting = start({ toolkit: scripted('sleep 600'), signal: canceled.signal });
    const ended = starting.catch((failure: unknown) => failure);
    await expect.poll(() => readServerRecord(folder.run)).toBeDefined();
    canceled.abort(new Error('canceled'));
    expect(await ended).toEqual(new Error('canceled'));
    expect(await markedPrograms(folder.root)).toEqual([]);
  });
});
