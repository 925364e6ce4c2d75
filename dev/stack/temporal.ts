import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fetch } from 'undici';
import { z } from 'zod';
import { ALL_SEARCH_ATTRIBUTES } from '../../src/workflows/search-attributes.js';
import { ensureBinaries } from '../binaries/ensure-binaries.js';
import type { Progress } from '../binaries/binary-sources.js';
import { freePorts } from '../processes/free-ports.js';
import type { ProcessGroup } from '../processes/process-group.js';

/** Registered before anything runs: a workflow that upserts an unregistered one fails its task for ever. */
const attributeFlags = ALL_SEARCH_ATTRIBUTES.map(
  ({ name, type }) => `--search-attribute=${name}=${type.charAt(0)}${type.slice(1).toLowerCase()}`,
);

/** In the process group it is the server `temporal`; its state survives a restart. */
export interface TemporalServer {
  /** host:port of the gRPC front end. */
  address: string;
  uiUrl: string;
  namespace: string;
}

/** Starts a Temporal development server with a SQLite file in the group's folder, and its Web UI, on the loopback only. */
export async function startTemporal(
  group: ProcessGroup,
  options: { progress?: Progress } = {},
): Promise<TemporalServer> {
  const progress = options.progress ?? (() => undefined);
  const { temporal } = await ensureBinaries(['temporal'], { progress });
  const folder = join(group.folder, 'temporal');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const [port = 0, uiPort = 0, httpPort = 0, metricsPort = 0] = await freePorts(4);
  const address = `127.0.0.1:${port}`;
  const attributesUrl = `http://127.0.0.1:${httpPort}/api/v1/namespaces/default/search-attributes`;
  progress('starting Temporal');
  await group.start({
    name: 'temporal',
    command: temporal,
    args: [
      'server',
      'start-dev',
      '--ip=127.0.0.1',
      `--port=${port}`,
      `--ui-port=${uiPort}`,
      `--http-port=${httpPort}`,
      `--metrics-port=${metricsPort}`,
      '--ui-disable-news-fetch',
      '--log-level=warn',
      `--db-filename=${join(folder, 'temporal.db')}`,
      // Three times as many starts per second as with SQLite's defaults; survives kill -9.
      '--sqlite-pragma=journal_mode=wal',
      '--sqlite-pragma=synchronous=normal',
      // Without these every task waits up to 50 ms.
      '--dynamic-config-value=history.transferProcessorMaxPollRPS=1000',
      '--dynamic-config-value=history.timerProcessorMaxPollRPS=1000',
      '--dynamic-config-value=history.visibilityProcessorMaxPollRPS=1000',
      ...attributeFlags,
    ],
    env: { HOME: folder }, // not the person's own Temporal profiles
    address: `http://127.0.0.1:${uiPort}`,
    ready: () => attributesAreRegistered(attributesUrl),
  });
  return { address, uiUrl: `http://127.0.0.1:${uiPort}`, namespace: 'default' };
}

const listedAttributes = z.object({ customAttributes: z.record(z.string(), z.string()) });

async function attributesAreRegistered(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  const listed = listedAttributes.parse(await response.json());
  return ALL_SEARCH_ATTRIBUTES.every(({ name }) => name in listed.customAttributes);
}
