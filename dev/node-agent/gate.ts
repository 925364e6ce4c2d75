/** A passage that can be shut: callers wait in front of it until it opens. */
export interface Gate {
  isOpen(): boolean;
  shut(): void;
  open(): void;
  whenOpen(): Promise<void>;
}

/** A gate that is open at first. */
export function createGate(): Gate {
  let waiting: (() => void)[] | undefined;
  return {
    isOpen: () => waiting === undefined,
    shut: () => {
      waiting ??= [];
    },
    open: () => {
      const released = waiting ?? [];
      waiting = undefined;
      for (const release of released) release();
    },
    whenOpen: () => {
      const queue = waiting;
      return queue === undefined ? Promise.resolve() : new Promise((resolve) => queue.push(resolve));
    },
  };
}
