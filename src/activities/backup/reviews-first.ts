/** So many reviews at once are a storm of failures; fewer make nobody wait. */
const STORM_REVIEWS = 8;

/** In a storm, what failed is recorded before what failed earlier is retried: people look at the records first. */
export interface ReviewsFirst {
  /** Runs a review at once. */
  review<Result>(run: () => Promise<Result>): Promise<Result>;
  /** Runs a restart as soon as there is no storm of reviews, and after `maxWaitMs` in any case. */
  afterReviews<Result>(run: () => Promise<Result>): Promise<Result>;
}

/** @param maxWaitMs by this much at most a storm of failures delays a retry that is due */
export function createReviewsFirst(maxWaitMs = 5_000): ReviewsFirst {
  let reviews = 0;
  const waiting = new Set<() => void>();
  const letGo = (): void => {
    if (reviews >= STORM_REVIEWS) return;
    for (const go of waiting) go();
  };
  return {
    review: async (run) => {
      reviews += 1;
      try {
        return await run();
      } finally {
        reviews -= 1;
        letGo();
      }
    },
    afterReviews: async (run) => {
      if (reviews >= STORM_REVIEWS) await turn(waiting, maxWaitMs);
      return run();
    },
  };
}

/** Until it is called, or until the time is over. */
function turn(waiting: Set<() => void>, maxWaitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      clearTimeout(timer);
      waiting.delete(go);
      resolve();
    };
    const timer = setTimeout(go, maxWaitMs);
    waiting.add(go);
  });
}
