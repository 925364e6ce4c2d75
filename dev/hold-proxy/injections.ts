import { seededRandom, type SeededRandom } from '../seeded-random.js';

/** What a client gets in place of, or besides, the API server's answer. */
export type InjectedFault =
  /** The call goes on after this long, milliseconds. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** The connection is reset: `before` the call is forwarded, or `after` the API server has done it. */
  | { readonly kind: 'reset'; readonly when: 'before' | 'after' }
  /** As an API server says it that is overloaded (429), or behind which something is away (503). Nothing is forwarded. */
  | { readonly kind: 'refusal'; readonly status: 429 | 503; readonly retryAfterSeconds?: number };

export interface Injection {
  readonly fault: InjectedFault;
  /** Upper case; default: every method. */
  readonly method?: string;
  /** Tested against the path with its query; default: everything but watches. */
  readonly path?: RegExp;
  /** The next so many calls that fit; or a share of them, from 0 to 1, drawn from the seed. */
  readonly which: { readonly next: number } | { readonly share: number; readonly seed: number };
}

/** One injection that was asked for. */
export interface Injecting {
  /** How often it was injected so far. */
  count(): number;
  /** From now on nothing is injected; may be called twice. */
  end(): void;
}

export interface Injections {
  inject(injection: Injection): Injecting;
  /** The fault for this call, of the oldest injection that wants it. */
  take(call: { method: string; path: string }): InjectedFault | undefined;
}

interface Waiting {
  readonly injection: Injection;
  readonly random: SeededRandom | undefined;
  count: number;
}

const EVERYTHING_BUT_WATCHES = /^(?!.*[?&]watch=)/;
/** Shares are drawn in steps of a millionth. */
const WHOLE = 1_000_000;

export function createInjections(): Injections {
  const waiting = new Set<Waiting>();
  return {
    inject: (injection) => {
      const random = 'seed' in injection.which ? seededRandom(injection.which.seed) : undefined;
      const one: Waiting = { injection, random, count: 0 };
      waiting.add(one);
      return { count: () => one.count, end: () => void waiting.delete(one) };
    },
    take: (call) => {
      for (const one of waiting) {
        if (!fits(one.injection, call) || !wants(one)) continue;
        one.count += 1;
        return one.injection.fault;
      }
      return undefined;
    },
  };
}

function fits(
  { method, path = EVERYTHING_BUT_WATCHES }: Injection,
  call: { method: string; path: string },
): boolean {
  return (method === undefined || method === call.method) && path.test(call.path);
}

function wants({ injection: { which }, random, count }: Waiting): boolean {
  if ('next' in which) return count < which.next;
  return random !== undefined && random.integer(1, WHOLE + 1) <= which.share * WHOLE;
}
