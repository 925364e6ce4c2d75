import type { Gtid } from './binlog-event.js';

/** The newest transaction of each server in each domain. */
export type GtidState = ReadonlyMap<string, bigint>;

export function gtidText({ domain, server, sequence }: Gtid): string {
  return `${domain}-${server}-${sequence}`;
}

/** `0-1-62,1-7-3`; `undefined` where it is not of MariaDB's form. */
export function parseGtids(text: string): Gtid[] | undefined {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const gtids = parts.map((part) => /^(\d{1,10})-(\d{1,10})-(\d{1,20})$/.exec(part));
  if (gtids.includes(null)) return undefined;
  return gtids.flatMap((found) =>
    found === null
      ? []
      : [{ domain: Number(found[1]), server: Number(found[2]), sequence: BigInt(found[3] ?? '0') }],
  );
}

export function stateOf(gtids: readonly Gtid[]): GtidState {
  return new Map(gtids.map((gtid) => [keyOf(gtid), gtid.sequence]));
}

export function keyOf({ domain, server }: Pick<Gtid, 'domain' | 'server'>): string {
  return `${domain}-${server}`;
}

/**
 * Whether a file that begins with `header` may follow one that ended with `end`. Servers may forget a domain (FLUSH
 * BINARY LOGS DELETE_DOMAIN_ID), but never learn of a transaction between two files.
 * @returns the transactions of the header that the file before does not end with
 */
export function unexplainedGtids(end: GtidState, header: readonly Gtid[]): Gtid[] {
  return header.filter((gtid) => end.get(keyOf(gtid)) !== gtid.sequence);
}

/** Whether everything in `gtids` has happened in `state`, and nothing after it in the same domain and server. */
export function isExactly(state: GtidState, gtids: readonly Gtid[]): boolean {
  return gtids.every((gtid) => state.get(keyOf(gtid)) === gtid.sequence);
}
