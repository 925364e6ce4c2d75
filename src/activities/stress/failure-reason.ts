import type { ApiFailure } from '../../kubernetes/api-failure.js';

const ETCD = /etcdserver: [a-z: ]*[a-z]/;
const RPC = /rpc error: code = (\w+)/;

/** A failure in a word that is the same for all of its kind: etcd's own text says more than the API server's reason. */
export function failureReason({ detail, reason, status }: ApiFailure): string {
  const etcd = ETCD.exec(detail)?.[0];
  if (etcd !== undefined) return etcd.replace(/, possibly.*/, '');
  const code = RPC.exec(detail)?.[1];
  if (code !== undefined) return `rpc ${code}`;
  if (reason !== '') return reason;
  return status === undefined ? 'NoAnswer' : `HTTP ${status}`;
}
