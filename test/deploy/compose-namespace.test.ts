import { mkdir, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureBinaries } from '../../dev/binaries/ensure-binaries.js';
import { createProcessGroup, type ProcessGroup } from '../../dev/processes/process-group.js';
import { startTemporal } from '../../dev/stack/temporal.js';
import { missingSearchAttributes } from '../../src/temporal/search-attributes.js';
import { CLUSTER, NEXT_ACTION_AT, RETRY_NUM } from '../../src/workflows/search-attributes.js';

const script = fileURLToPath(new URL('../../deploy/compose/set-up-namespace.sh', import.meta.url));
/** Not `default`: the development server comes with that one. */
const namespace = 'compose-check';

let group: ProcessGroup;
let address: string;
let connection: Connection;

beforeAll(async () => {
  group = await createProcessGroup();
  ({ address } = await startTemporal(group));
  connection = await Connection.connect({ address });
});

afterAll(async () => {
  await connection?.close();
  await group?.stop();
});

/** Runs the script as the Compose service temporal-namespace does, with `temporal` in PATH. */
async function setUpNamespace() {
  const programs = join(group.folder, 'programs');
  await mkdir(programs, { recursive: true });
  const { temporal } = await ensureBinaries(['temporal']);
  await symlink(temporal, join(programs, 'temporal')).catch((failure: NodeJS.ErrnoException) => {
    if (failure.code !== 'EEXIST') throw failure;
  });
  return execa('/bin/sh', [script], {
    env: {
      PATH: [programs, '/usr/bin', '/bin'].join(delimiter),
      HOME: group.folder,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
    },
    extendEnv: false,
    timeout: 100_000,
  });
}

test('the set-up of docker-compose.yml leaves a namespace in which workflows can set all our search attributes', async () => {
  await setUpNamespace();
  expect(await missingSearchAttributes(connection, namespace)).toEqual([]);
  // At once: the worker of the Compose file starts as soon as the script has ended.
  await new Client({ connection, namespace }).workflow.start('superviseBackup', {
    workflowId: 'compose-check',
    taskQueue: 'nobody-polls-this',
    typedSearchAttributes: new TypedSearchAttributes([
      { key: CLUSTER, value: 'here' },
      { key: RETRY_NUM, value: 1 },
      { key: NEXT_ACTION_AT, value: new Date(0) },
    ]),
  });
});

test('the set-up changes nothing when it runs again', async () => {
  const before = await attributes();
  await setUpNamespace();
  expect(await attributes()).toEqual(before);
  expect(await missingSearchAttributes(connection, namespace)).toEqual([]);
});

async function attributes() {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return customAttributes;
}
