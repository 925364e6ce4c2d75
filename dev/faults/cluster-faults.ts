import { execa } from 'execa';
import type { ProcessGroup } from '../processes/process-group.js';
import { waitUntil } from '../processes/readiness.js';
import { fillEtcd, mendEtcd } from './etcd-quota.js';

/** What can happen to the servers below a Kubernetes API, on demand. Whatever is frozen ends with its process group. */
export interface ClusterFaults {
  /**
   * Freezes all etcd members but one, so that no quorum is left: calls end with etcd's own time-outs after about 7 s.
   * Resolves when they stand still.
   * @param spared the member that goes on; default: the first
   * @throws Error with fewer than three members: one frozen etcd alone makes calls slow and gives no error
   */
  freezeEtcd(spared?: string): Promise<void>;
  /** Lets all members go on; nothing happens to those that do. */
  thawEtcd(): void;
  /** SIGKILL; resolves when it is gone. */
  killApiServer(): Promise<void>;
  /** On the same port; resolves when it is ready, which takes an etcd that answers. */
  startApiServer(): Promise<void>;
  /** Writes until etcd refuses: `database space exceeded`. @throws Error where its quota is too large to be filled */
  fillEtcdQuota(): Promise<void>;
  /** Deletes what was written, compacts, defragments and disarms, as an operator of etcd does. */
  mendEtcdQuota(): Promise<void>;
}

/** @param etcdMembers names in the process group, as `ControlPlane` has them */
export function createClusterFaults(group: ProcessGroup, etcdMembers: readonly string[]): ClusterFaults {
  const urls = () =>
    group.status().flatMap(({ name, address }) => (etcdMembers.includes(name) ? (address ?? []) : []));
  return {
    freezeEtcd: async (spared = etcdMembers[0]) => {
      if (etcdMembers.length < 3)
        throw new Error('a quorum is lost with three etcd members only: start the stack with three');
      const frozen = etcdMembers.filter((name) => name !== spared);
      for (const name of frozen) group.kill(name, 'SIGSTOP');
      await Promise.all(frozen.map((name) => untilFrozen(name, group.pid(name))));
    },
    thawEtcd: () => {
      for (const name of etcdMembers) group.kill(name, 'SIGCONT');
    },
    killApiServer: () => group.killHard('kube-apiserver'),
    startApiServer: () => group.restart('kube-apiserver'),
    fillEtcdQuota: () => fillEtcd(urls()),
    mendEtcdQuota: () => mendEtcd(urls()),
  };
}

/** A signal is on its way for a moment: a call that is made meanwhile would still be answered. */
function untilFrozen(name: string, pid: number): Promise<void> {
  return waitUntil({
    what: `${name} was not frozen`,
    timeoutMs: 5_000,
    attempt: async () => {
      const { stdout } = await execa('ps', ['-o', 'stat=', '-p', String(pid)]);
      return stdout.trim().startsWith('T');
    },
  });
}
