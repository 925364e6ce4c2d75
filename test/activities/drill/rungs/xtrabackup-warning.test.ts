import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { metadataRung } from '../../../../src/activities/drill/rungs/metadata.js';
import { startSession } from '../drill-world.js';
import { createInMemoryStore } from '../in-memory-store.js';

const INFO = `tool_name = xtrabackup
tool_version = 8.0.34-29
server_version = 8.0.34-26
start_time = 2026-11-21 12:00:00
end_time = 2026-11-21 12:00:05
innodb_from_lsn = 0
innodb_to_lsn = 100
partial = N
incremental = N
`;
const CHECKPOINTS = 'backup_type = full-backuped\nfrom_lsn = 0\nto_lsn = 100\nlast_lsn = 100\n';

test('a drill with xtrabackup warns that nobody tried it with the real tool', async () => {
  const location = { bucket: 'shop', prefix: 'orders/', region: 'us-east-1', pathStyle: true };
  const session = await startSession({ store: createInMemoryStore(), location, id: 'b1' });
  onTestFinished(() => session.remove());
  const { backup, root } = session.folder;
  await mkdir(backup);
  const files = {
    xtrabackup_info: INFO,
    xtrabackup_checkpoints: CHECKPOINTS,
    xtrabackup_binlog_info: 'binlog.000042\t157\n',
    'backup-my.cnf': '[mysqld]\ninnodb_page_size=16384\n',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(backup, name), text);
  const programs = join(root, 'programs');
  await mkdir(programs);
  const version = '#!/bin/sh\necho "$(basename "$0") Ver 8.0.34-29 for Linux"\n';
  for (const name of ['xtrabackup', 'mysqld']) {
    await writeFile(join(programs, name), version, { mode: 0o700 });
  }
  const path = process.env['PATH'];
  process.env['PATH'] = `${programs}:${path ?? ''}`;
  onTestFinished(() => {
    process.env['PATH'] = path;
  });
  expect(await metadataRung(session)).toMatchObject({
    outcome: 'passed',
    warnings: [{ text: expect.stringMatching(/^untested against the real tool/) }],
    facts: { tool: 'xtrabackup' },
  });
});
