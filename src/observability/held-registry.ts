import { Registry } from 'prom-client';

/** Series that only the process may serve that holds something: two that do would count everything twice. */
export interface HeldRegistry {
  /** What to serve now: nothing, or the registry of who holds it. */
  current(): readonly Registry[];
  /** Begins the series of a run; those of one before it are served no more. */
  begin(): { readonly registry: Registry; readonly end: () => void };
}

/** @param labels of every series */
export function createHeldRegistry(labels: Readonly<Record<string, string>>): HeldRegistry {
  let held: Registry | undefined;
  return {
    current: () => (held === undefined ? [] : [held]),
    begin: () => {
      const own = new Registry();
      own.setDefaultLabels(labels);
      held = own;
      return {
        registry: own,
        end: () => {
          // A run that was given up late must not take the series of the one that follows it.
          if (held === own) held = undefined;
        },
      };
    },
  };
}
