import { join } from 'node:path';
import { fetch } from 'undici';
import { SMALL_QUOTA_BYTES } from '../faults/etcd-quota.js';
import { freePorts } from '../processes/free-ports.js';
import type { ProcessGroup } from '../processes/process-group.js';

export interface Etcd {
  clientUrls: string[];
  /** Names in the process group, for kill and restart. */
  memberNames: string[];
  /** Resolves when all members are healthy; rejects when one could not be started. */
  ready: Promise<void>;
}

/**
 * Starts an etcd cluster; `members` is 1, or 3 where faults are wanted, whose quota can be filled then. Does not wait:
 * see `ready`.
 */
export async function startEtcd(
  group: ProcessGroup,
  options: { binary: string; folder: string; members: 1 | 3; extraArgs: readonly string[] },
): Promise<Etcd> {
  const ports = await freePorts(options.members * 2);
  const members = Array.from({ length: options.members }, (_, index) => ({
    name: index === 0 ? 'etcd' : `etcd-${index}`,
    clientUrl: `http://127.0.0.1:${ports[index * 2]}`,
    peerUrl: `http://127.0.0.1:${ports[index * 2 + 1]}`,
  }));
  const initialCluster = members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
  const starts = members.map(({ name, clientUrl, peerUrl }) =>
    group.start({
      name,
      command: options.binary,
      args: [
        `--name=${name}`,
        `--data-dir=${join(options.folder, name)}`,
        `--listen-client-urls=${clientUrl}`,
        `--advertise-client-urls=${clientUrl}`,
        `--listen-peer-urls=${peerUrl}`,
        `--initial-advertise-peer-urls=${peerUrl}`,
        `--initial-cluster=${initialCluster}`,
        '--log-level=warn',
        ...(options.members === 3 ? [`--quota-backend-bytes=${SMALL_QUOTA_BYTES}`] : []),
        ...options.extraArgs,
      ],
      address: clientUrl,
      ready: async () => (await healthStatus(clientUrl)) === 200,
    }),
  );
  const ready = Promise.all(starts).then(() => undefined);
  ready.catch(() => undefined); // reported to whoever awaits `ready`; not an unhandled rejection before that
  return {
    clientUrls: members.map(({ clientUrl }) => clientUrl),
    memberNames: members.map(({ name }) => name),
    ready,
  };
}

async function healthStatus(clientUrl: string): Promise<number> {
  return (await fetch(`${clientUrl}/health`, { signal: AbortSignal.timeout(5_000) })).status;
}
