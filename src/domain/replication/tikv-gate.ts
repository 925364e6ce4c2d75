import type { Obstacle } from './seen-restore.js';

/**
 * Whether TiKV keeps every version of a key, which a point-in-time restore needs: its garbage collection must be off
 * (`gc.ratio-threshold = -1`) before BR writes anything. See
 * https://github.com/pingcap/tidb-operator/pull/6267
 */
export type TikvGate =
  | { readonly state: 'open' }
  /** `found` is the value as text; `undefined` where the configuration does not set it. */
  | { readonly state: 'closed'; readonly found: string | undefined }
  /** The configuration cannot be read; `why` is a clause without a full stop. */
  | { readonly state: 'unknown'; readonly why: string };

/** Judges TiKV's configuration, parsed from TOML: dotted keys and tables look the same here. */
export function tikvGateOf(config: unknown): TikvGate {
  const threshold = property(property(config, 'gc'), 'ratio-threshold');
  if (threshold === undefined || threshold === null) return { state: 'closed', found: undefined };
  const isNumber = typeof threshold === 'number' || typeof threshold === 'bigint';
  if (isNumber && Number(threshold) === -1) return { state: 'open' };
  return { state: 'closed', found: isNumber ? String(threshold) : JSON.stringify(threshold) };
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}

/** What keeps BR from starting, with the change that opens the gate; `undefined` while it is open. */
export function tikvGateObstacle(
  gate: TikvGate,
  { namespace, cluster }: { namespace: string; cluster: string },
): Obstacle | undefined {
  if (gate.state === 'open') return undefined;
  const found =
    gate.state === 'unknown' ? `cannot be seen (${gate.why})` : `is ${gate.found ?? 'not set'} there`;
  return {
    reason: 'TikvGateClosed',
    message:
      `gc.ratio-threshold of TiKV must be -1 before BR starts, and ${found}: in spec.tikv.config of TidbCluster ` +
      `${namespace}/${cluster} set ratio-threshold = -1.0 under [gc], and wait until TiKV's ConfigMap has it`,
  };
}
