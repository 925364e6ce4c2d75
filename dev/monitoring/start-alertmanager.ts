import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../processes/free-ports.js';
import type { ProcessGroup } from '../processes/process-group.js';
import { httpReady } from './http-ready.js';

export interface Alertmanager {
  readonly url: string;
  /** `host:port`. */
  readonly address: string;
}

/** Starts a real Alertmanager as server `alertmanager` of the group, alone: without the gossip of a cluster. */
export async function startAlertmanager(
  group: ProcessGroup,
  { command, config }: { command: string; config: string },
): Promise<Alertmanager> {
  const folder = join(group.folder, 'alertmanager');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const configFile = join(folder, 'alertmanager.yaml');
  await writeFile(configFile, config);
  const [port = 0] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const url = `http://${address}`;
  await group.start({
    name: 'alertmanager',
    command,
    args: [
      `--config.file=${configFile}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
    ],
    cwd: folder,
    address: url,
    ready: httpReady(`${url}/-/ready`),
  });
  return { url, address };
}
