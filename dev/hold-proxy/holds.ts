/** Which call is held, and when: `before` it is forwarded, or `after` the API server has done it. */
export interface HoldMatch {
  /** Upper case, as on the wire. */
  method: string;
  /** Tested against the path with its query. */
  path: RegExp;
  /** Tested against the text of the request's body; default: every body. */
  body?: RegExp;
  when: 'before' | 'after';
}

export interface HeldCall {
  method: string;
  path: string;
  body: string;
}

/** One call that is, or will be, held. */
export interface Hold {
  /** Resolves when a call has been caught; with `after`, when the API server has answered it. */
  held: Promise<HeldCall>;
  /** Lets the call go on: it is forwarded, or its answer is delivered. Before a call was caught: it passes through. */
  release(): void;
  /** Closes the client's connection instead; a call held `before` then never reaches the API server. */
  drop(): void;
}

export type Verdict = 'release' | 'drop';

/** The proxy's side of a hold. */
export interface PendingHold {
  match: HoldMatch;
  caught(call: HeldCall): void;
  verdict: Promise<Verdict>;
}

export interface Holds {
  holdNext(match: HoldMatch): Hold;
  /** Takes the oldest hold that fits this call; each hold catches one call. */
  take(call: HeldCall): PendingHold | undefined;
  /** Drops what is held and forgets what was to be. */
  dropAll(): void;
}

export function createHolds(): Holds {
  const waiting: PendingHold[] = [];
  const drops = new Set<() => void>();
  const remove = (hold: PendingHold) => {
    const index = waiting.indexOf(hold);
    if (index >= 0) waiting.splice(index, 1);
  };
  return {
    holdNext: (match) => {
      const held = deferred<HeldCall>();
      const decided = deferred<Verdict>();
      const pending: PendingHold = { match, caught: held.resolve, verdict: decided.promise };
      const decide = (verdict: Verdict) => {
        remove(pending);
        drops.delete(drop);
        decided.resolve(verdict);
      };
      const drop = () => decide('drop');
      waiting.push(pending);
      drops.add(drop);
      return { held: held.promise, release: () => decide('release'), drop };
    },
    take: (call) => {
      const found = waiting.find(({ match }) => fits(match, call));
      if (found !== undefined) remove(found);
      return found;
    },
    dropAll: () => {
      for (const drop of drops) drop();
    },
  };
}

function fits(match: HoldMatch, { method, path, body }: HeldCall): boolean {
  return match.method === method && match.path.test(path) && (match.body?.test(body) ?? true);
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
