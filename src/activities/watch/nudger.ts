/** Signals in flight at once: a storm must not take every connection to Temporal. */
const MAX_IN_FLIGHT = 20;
const RETRY_MS = 1_000;

export interface Nudger<Target> {
  /** Queues a nudge; one that waits for the same id already is not doubled. */
  nudge(id: string, target: Target): void;
  /** Nudges that are not delivered yet. */
  pending(): number;
}

/** Delivers every nudge, however long Temporal is away: a failed one waits its turn again. */
export function createNudger<Target>({
  deliver,
  onFailure,
  signal,
}: {
  deliver: (target: Target) => Promise<void>;
  onFailure: (id: string, failure: unknown) => void;
  signal: AbortSignal;
}): Nudger<Target> {
  const waiting = new Map<string, Target>();
  let inFlight = 0;

  const pump = (): void => {
    for (const [id, target] of waiting) {
      if (inFlight >= MAX_IN_FLIGHT || signal.aborted) return;
      waiting.delete(id);
      inFlight += 1;
      void send(id, target);
    }
  };
  const send = async (id: string, target: Target): Promise<void> => {
    try {
      await deliver(target);
    } catch (failure) {
      onFailure(id, failure);
      setTimeout(() => requeue(id, target), RETRY_MS).unref();
    } finally {
      inFlight -= 1;
      pump();
    }
  };
  const requeue = (id: string, target: Target): void => {
    if (!waiting.has(id)) waiting.set(id, target);
    pump();
  };
  return {
    nudge: (id, target) => {
      waiting.set(id, target);
      pump();
    },
    pending: () => waiting.size + inFlight,
  };
}
