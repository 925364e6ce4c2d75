import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterFaults } from './cluster-faults.js';
import { seededRandom } from '../seeded-random.js';

/** Both ends included, milliseconds. */
export interface MsRange {
  readonly from: number;
  readonly to: number;
}

export interface StallOptions {
  readonly faults: Pick<ClusterFaults, 'freezeEtcd' | 'thawEtcd'>;
  /** One of them goes on in each stall. */
  readonly members: readonly string[];
  /** The same seed gives the same stalls and pauses. */
  readonly seed: number;
  /** How long etcd stands still. Default: 8 to 12 s; its time-outs come after about 7 s. */
  readonly stallMs?: MsRange;
  /** How long it runs between two stalls, and before the first. Default: 3 to 8 s. */
  readonly pauseMs?: MsRange;
  readonly say?: (line: string) => void;
}

/** Stalls of etcd that come and go until they are stopped. */
export interface Stalls {
  /** How many have begun. */
  count(): number;
  /** Thaws at once, and gives the number of stalls. May be called twice. @throws what freezing threw */
  stop(): Promise<number>;
}

/** Says seed and moments, so that a run can be played again. Should this process be killed, its guardian thaws. */
export function startStalls(options: StallOptions): Stalls {
  const { faults, members, seed, say = () => undefined } = options;
  const { stallMs = { from: 8_000, to: 12_000 }, pauseMs = { from: 3_000, to: 8_000 } } = options;
  const random = seededRandom(seed);
  const end = new AbortController();
  const pass = (ms: number) => delay(ms, undefined, { signal: end.signal }).catch(() => undefined);
  let count = 0;
  const running = (async () => {
    while (!end.signal.aborted) {
      await pass(random.integer(pauseMs.from, pauseMs.to + 1));
      if (end.signal.aborted) return;
      const frozenMs = random.integer(stallMs.from, stallMs.to + 1);
      const [spared] = random.shuffle(members);
      count += 1;
      say(`stall ${count} (seed ${seed}): all etcd members but ${spared} frozen for ${frozenMs} ms`);
      try {
        await faults.freezeEtcd(spared);
        await pass(frozenMs);
      } finally {
        faults.thawEtcd();
      }
    }
  })();
  running.catch(() => undefined); // reported by `stop`
  return {
    count: () => count,
    stop: async () => {
      end.abort();
      await running;
      return count;
    },
  };
}
